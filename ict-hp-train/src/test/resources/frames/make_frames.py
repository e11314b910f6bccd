"""Writes pickled frames of three rows whose needed columns are plain and whose other columns and
indexes are of every kind that pandas has. Run with pandas 3 and pyarrow; the values mean nothing."""
import datetime as dt, decimal, fractions, pathlib, sys, uuid, zoneinfo
import numpy as np, pandas as pd, pyarrow as pa

OUT = pathlib.Path(sys.argv[1])
n = 3
days = pd.date_range('2020', periods=n)
utc = dt.timezone.utc


class Thing(dict):
    """A class that no reader knows."""


Thing.__module__ = 'some_package.some_module'
Thing.__qualname__ = 'Thing'


def needed(index=None):
    frame = {c: [f'{c} {i}' for i in range(n)]
             for c in ('easy_prompt', 'refine_prompt', 'easy_image_0', 'easy_image_1', 'refine_image')}
    frame.update({c: [0.125 * (i + k) for i in range(n)] for k, c in enumerate(('E1', 'E2', 'R1', 'R2'))})
    return pd.DataFrame(frame, index=index)


def objects(*values):
    return pd.Series(list(values), dtype=object)


EXTRA = {
    'category': pd.Categorical(['a', 'b', None]),
    'ordered': pd.Categorical([1, 2, 1], ordered=True),
    'datetime': days, 'datetime_berlin': days.tz_localize('Europe/Berlin'),
    'datetime_utc': days.tz_localize('UTC'), 'timedelta': pd.to_timedelta([1, 2, 3], unit='s'),
    'Int64': pd.array([1, None, 3], dtype='Int64'), 'UInt8': pd.array([1, None, 3], dtype='UInt8'),
    'boolean': pd.array([True, None, False], dtype='boolean'),
    'Float64': pd.array([1., None, 3], dtype='Float64'),
    'string_python': pd.array(['a', None, 'b'], dtype=pd.StringDtype('python')),
    'str_python': pd.array(['a', None, 'b'], dtype=pd.StringDtype('python', na_value=np.nan)),
    'string_pyarrow': pd.array(['a', None, 'b'], dtype='string[pyarrow]'),
    'interval': pd.interval_range(0, 3), 'sparse': pd.arrays.SparseArray([0, 0, 1]),
    'period': pd.period_range('2020', periods=n, freq='M'),
    'complex': np.array([1j, 2, 3]), 'half': np.array([1, 2, 3], dtype='f2'),
    'arrow_int': pd.array([1, 2, None], dtype=pd.ArrowDtype(pa.int64())),
    'arrow_text': pd.array(['a', None, 'b'], dtype=pd.ArrowDtype(pa.string())),
    'arrow_list': pd.array([[1], [2], None], dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
    'arrow_struct': pd.array([{'a': 1}] * 3, dtype=pd.ArrowDtype(pa.struct([('a', pa.int64())]))),
    'arrow_time': pd.array([pd.Timestamp('2020')] * 3, dtype=pd.ArrowDtype(pa.timestamp('ns', 'UTC'))),
    'arrow_decimal': pd.array([decimal.Decimal('1.5')] * 3, dtype=pd.ArrowDtype(pa.decimal128(5, 2))),
    'arrow_dictionary': pd.array(['a', 'b', 'a'], dtype=pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))),
    'dates': objects(dt.date(2020, 1, 1), dt.datetime(2020, 1, 1, tzinfo=utc), dt.timedelta(1)),
    'times': objects(dt.time(1), dt.datetime(2020, 1, 1, tzinfo=zoneinfo.ZoneInfo('Asia/Kathmandu')), None),
    'pandas_times': objects(pd.Timestamp('2020', tz='UTC'), pd.Timedelta(1), pd.NaT),
    'pandas_spans': objects(pd.Interval(0, 1), pd.Period('2020-01'), pd.offsets.MonthEnd()),
    'numbers': objects(decimal.Decimal('1.5'), fractions.Fraction(1, 2), complex(1, 2)),
    'containers': objects({1, 2}, {dt.date(2020, 1, 1): [1]}, frozenset({pd.Timestamp('2020')})),
    'arrays': objects(np.ones((2, 2, 2)), np.array(1.0), np.array(['a', 'bc'])),
    'masked': objects(np.ma.array([1, 2], mask=[0, 1]), np.matrix([[1]]), np.rec.array([(1, 2.)], dtype=[('a', 'i4'), ('b', 'f8')])),
    'scalars': objects(np.float32(1), np.datetime64('2020'), np.str_('x')),
    'nested': objects(pd.Series([1, 2]), pd.DataFrame({'a': [1]}), pd.Index([1])),
    'paths': objects(pathlib.PurePosixPath('a'), range(3), uuid.UUID(int=7)),
    'things': objects(Thing(a=1), Thing(), None),
}
INDEXES = {
    'datetime': days, 'datetime_utc': days.tz_localize('UTC'),
    'multi': pd.MultiIndex.from_arrays([[1, 2, 3], days], names=['x', 'y']),
    'categorical': pd.CategoricalIndex(['a', 'b', 'c']), 'interval': pd.interval_range(0, 3),
    'timedelta': pd.to_timedelta([1, 2, 3], unit='s'), 'period': pd.period_range('2020', periods=n, freq='M'),
    'range': pd.RangeIndex(5, 5 + n), 'Int64': pd.Index([1, 2, 3], dtype='Int64'),
    'text': pd.Index(['a', 'b', 'c'], name='key'),
}

if __name__ == '__main__':
    import types
    module = types.ModuleType('some_package.some_module')
    module.Thing = Thing
    sys.modules.update({'some_package': types.ModuleType('some_package'), 'some_package.some_module': module})
    for protocol in (2, 4, 5):
        full = needed()
        for name, values in EXTRA.items():
            full['extra ' + name] = values
        full.to_pickle(OUT / f'every_column_{protocol}.pkl', protocol=protocol)
    for name, index in INDEXES.items():
        needed(index).to_pickle(OUT / f'index_{name}.pkl', protocol=5)
    for name in ('category', 'datetime', 'Int64', 'arrow_list'):
        odd = needed()
        odd['E1' if name in ('datetime', 'Int64') else 'easy_prompt'] = EXTRA[name]
        odd.to_pickle(OUT / f'needed_{name}.pkl', protocol=5)
