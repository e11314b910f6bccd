package io.github.icthp.train.spark;

import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Finds columns by their names, as Spark does: whatever their case, unless two differ in it. */
final class Columns {

    private final String operation;
    private final StructType schema;

    /**
     * Looks at a table.
     *
     * @param operation what needs the columns, for messages
     * @throws IllegalArgumentException if two columns have one name
     */
    Columns(String operation, StructType schema) {
        this.operation = operation;
        this.schema = schema;
        List<String> names = Arrays.asList(schema.fieldNames());
        for (String name : names) {
            if (names.indexOf(name) != names.lastIndexOf(name)) {
                throw new IllegalArgumentException(
                        operation + ": two columns are called '" + name + "'; rename one");
            }
        }
    }

    /** Returns a column's place. */
    int place(String name, String purpose) {
        List<String> names = Arrays.asList(schema.fieldNames());
        int exact = names.indexOf(name);
        if (exact >= 0) {
            return exact;
        }
        List<String> alike = names.stream().filter(name::equalsIgnoreCase).toList();
        if (alike.size() == 1) {
            return names.indexOf(alike.get(0));
        }
        throw new IllegalArgumentException(
                String.format(
                        Locale.ROOT,
                        "%s: expected the %s in a column '%s', got the columns %s; name it by .%s(column)",
                        operation,
                        purpose,
                        name,
                        names,
                        purpose));
    }

    /** Returns the place of a column of text. */
    int text(String name, String purpose) {
        int place = place(name, purpose);
        DataType type = schema.fields()[place].dataType();
        if (!type.equals(DataTypes.StringType)) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s: the column '%s' of the %s must hold strings, got %s",
                            operation,
                            name,
                            purpose,
                            type.simpleString()));
        }
        return place;
    }

    /** Whether a column, which must be there, holds text. */
    boolean isText(String name) {
        return type(place(name, "image")).equals(DataTypes.StringType);
    }

    DataType type(int place) {
        return schema.fields()[place].dataType();
    }

    /** Fails if a column of a name is there already. */
    void requireFree(String name, String remedy) {
        if (Arrays.stream(schema.fieldNames()).anyMatch(name::equalsIgnoreCase)) {
            throw new IllegalArgumentException(
                    operation + ": there is a column '" + name + "' already; " + remedy);
        }
    }
}
