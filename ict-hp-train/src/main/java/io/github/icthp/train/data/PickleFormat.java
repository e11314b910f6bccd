package io.github.icthp.train.data;

import io.github.icthp.train.data.frame.DataFrame;
import io.github.icthp.train.data.frame.FrameColumn;
import io.github.icthp.weights.pickle.PickleFormatException;
import io.github.icthp.weights.pickle.Placeholder;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Pickled DataFrames, as the data set was released; a pickle can only be read as a whole. */
final class PickleFormat implements TableFormat {

    @Override
    public boolean copy(Path table, boolean labels, RowWriter rows) throws IOException {
        try {
            DataFrame frame = DataFrame.read(table);
            boolean labeled = TripletColumns.check(table.toString(), frame.names(), labels);
            List<String> wanted = labeled ? TripletColumns.ALL : TripletColumns.TEXTS;
            wanted.forEach(column -> checkType(table, frame, column));
            copy(frame, wanted, rows);
            return labeled;
        } catch (PickleFormatException e) {
            throw new DatasetException(
                    String.format(
                            Locale.ROOT,
                            "%s: not a usable pickled DataFrame: %s. If the file can be trusted, save it as parquet",
                            table,
                            e.getMessage()),
                    e);
        }
    }

    private static void checkType(Path table, DataFrame frame, String name) {
        boolean text = TripletColumns.TEXTS.contains(name);
        Class<?> expected = text ? String.class : Number.class;
        FrameColumn column = frame.column(name);
        for (int row = 0; row < frame.rows(); row++) {
            Object value = column.get(row);
            if (value != null && !expected.isInstance(value)) {
                throw new DatasetException(
                        String.format(
                                Locale.ROOT,
                                "%s: column %s must hold %s, but row %d has the %s %s",
                                table,
                                name,
                                text ? "text" : "numbers",
                                row,
                                value instanceof Placeholder object
                                        ? "object " + object.name()
                                        : value.getClass().getSimpleName(),
                                describe(value)));
            }
        }
    }

    /** A hostile frame may hold containers that cannot be printed: deep, or holding themselves. */
    private static String describe(Object value) {
        return value instanceof Number || value instanceof String || value instanceof Boolean
                ? "'" + value + "'"
                : "";
    }

    private static void copy(DataFrame frame, List<String> names, RowWriter rows)
            throws IOException {
        List<FrameColumn> columns = names.stream().map(frame::column).toList();
        for (int row = 0; row < frame.rows(); row++) {
            Map<String, @Nullable Object> values = new LinkedHashMap<>();
            for (int i = 0; i < names.size(); i++) {
                values.put(names.get(i), columns.get(i).get(row));
            }
            rows.write(values);
        }
    }
}
