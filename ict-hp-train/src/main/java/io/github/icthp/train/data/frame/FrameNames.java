package io.github.icthp.train.data.frame;

import io.github.icthp.weights.pickle.AllowList;
import io.github.icthp.weights.pickle.Arguments;
import io.github.icthp.weights.pickle.Global;
import io.github.icthp.weights.pickle.None;
import io.github.icthp.weights.pickle.PickleFormatException;
import io.github.icthp.weights.pickle.Placeholder;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Every name that the pickle of a DataFrame may refer to, and what stands for it here: what is
 * needed to read columns of numbers and texts, and {@link InertNames} for the rest.
 */
final class FrameNames {

    static final AllowList ALLOWED = build();

    private FrameNames() {}

    private static AllowList build() {
        AllowList.Builder names = AllowList.builder();
        python(names);
        numpy(names);
        pandas(names);
        pandasStrings(names);
        pyarrow(names);
        return names.inert(InertNames::contains).build();
    }

    private static void python(AllowList.Builder names) {
        for (String module : List.of("builtins", "__builtin__")) {
            names.call(module + ".slice", Slice::new);
            names.call(module + ".bytearray", FrameNames::bytes);
        }
        names.call("_codecs.encode", FrameNames::bytes);
        for (String module : List.of("builtins", "__builtin__")) {
            names.call(module + ".getattr", FrameNames::method);
        }
    }

    private static void numpy(AllowList.Builder names) {
        names.name("numpy.ndarray").call("numpy.dtype", DType::new);
        for (String core : List.of("numpy.core", "numpy._core")) {
            names.call(core + ".multiarray._reconstruct", arguments -> new NdArray());
            names.call(core + ".multiarray.scalar", FrameNames::scalar);
            names.call(core + ".numeric._frombuffer", NdArray::fromBuffer);
        }
    }

    private static void pandas(AllowList.Builder names) {
        for (String name : List.of("pandas.DataFrame", "pandas.core.frame.DataFrame")) {
            names.call(name, arguments -> new PickledFrame());
        }
        names.call("pandas.core.internals.managers.BlockManager", BlockManager::new);
        names.call("pandas._libs.internals._unpickle_block", Block::new);
        names.call("pandas.core.indexes.base._new_Index", Index::new);
        List.of(
                        "pandas.Index",
                        "pandas.RangeIndex",
                        "pandas.core.indexes.base.Index",
                        "pandas.core.indexes.range.RangeIndex",
                        "pandas.core.indexes.numeric.Int64Index",
                        "pandas.core.indexes.numeric.UInt64Index",
                        "pandas.core.indexes.numeric.Float64Index")
                .forEach(names::name);
    }

    private static void pandasStrings(AllowList.Builder names) {
        names.name("pandas.NA").name("pandas._libs.missing.NA");
        names.call("pandas._libs.arrays.__pyx_unpickle_NDArrayBacked", FrameNames::backed);
        names.call("pandas._libs.tslibs.nattype._nat_unpickle", arguments -> None.NONE);
        for (String name : List.of("pandas.arrays.", "pandas.core.arrays.string_.")) {
            names.name(name + "StringArray").name(name + "StringArrayNumpySemantics");
        }
        for (String name : List.of("pandas.", "pandas.core.arrays.string_.")) {
            names.call(name + "StringDtype", Arguments::callee);
        }
        for (String name : List.of("pandas.arrays.", "pandas.core.arrays.string_arrow.")) {
            names.call(name + "ArrowStringArray", arguments -> new ArrowStrings());
        }
        for (String name : List.of("pandas.arrays.", "pandas.core.arrays.arrow.array.")) {
            names.call(name + "ArrowExtensionArray", arguments -> new ArrowStrings());
        }
    }

    private static void pyarrow(AllowList.Builder names) {
        names.call("pyarrow.lib.type_for_alias", arguments -> arguments.text(0));
        names.call("pyarrow.lib.py_buffer", FrameNames::bytes);
        names.call("pyarrow.lib._restore_array", ArrowChunk::restore);
        names.call("pyarrow.lib.chunked_array", arguments -> arguments.get(0, List.class));
    }

    /**
     * Bytes as protocols 2 to 4 wrap them: as bytes, as Latin-1 text with its codec, or not at all.
     */
    private static Object bytes(Arguments arguments) {
        if (arguments.size() == 0) {
            return new byte[0];
        }
        if (arguments.size() == 1) {
            return arguments.get(0, byte[].class);
        }
        String codec = arguments.text(1);
        if (!codec.equals("latin1") && !codec.equals("latin-1")) {
            throw new PickleFormatException("codec latin1 expected, got " + codec);
        }
        return arguments.text(0).getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The array of texts, dates, times, periods or categories that its class says. */
    private static Object backed(Arguments arguments) {
        return arguments.size() > 0
                        && arguments.values().get(0) instanceof Global type
                        && !type.name().contains(".StringArray")
                ? new Placeholder(type.name())
                : new TextArray();
    }

    /** By this protocol 2 to 5 name the one method of a time zone that restores it. */
    private static Object method(Arguments arguments) {
        if (arguments.size() == 2
                && arguments.values().get(0) instanceof Global type
                && type.name().equals("zoneinfo.ZoneInfo")
                && arguments.values().get(1).equals("_unpickle")) {
            return new Global(type.name(), called -> new Placeholder(type.name()));
        }
        throw new PickleFormatException(
                "it is not allowed here: nothing was executed. The file may be hostile");
    }

    private static Object scalar(Arguments arguments) {
        DType type = arguments.get(0, DType.class);
        if (type.isObject() || type.unreadable().isPresent()) {
            return new Placeholder("numpy scalar");
        }
        return new NdArray(type, new long[] {1}, arguments.get(1, byte[].class)).get(0, 0);
    }
}
