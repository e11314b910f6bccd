package io.github.icthp.train.spark;

import io.github.icthp.ImageSource;

import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A column of pictures: paths of any Hadoop file system, encoded pictures, or structs of {@code
 * bytes} and {@code path} as Hugging Face's data sets have them.
 *
 * @param place the column's number
 * @param hadoop settings of the file systems
 */
record ImageColumn(int place, Broadcast<HadoopSettings> hadoop) implements Serializable {

    private static final String BYTES = "bytes";
    private static final String PATH = "path";

    static ImageColumn of(SparkSession spark, Columns columns, String operation, String name) {
        int place = columns.place(name, "image");
        check(columns.type(place), operation, name);
        return new ImageColumn(place, hadoop(spark));
    }

    static Broadcast<HadoopSettings> hadoop(SparkSession spark) {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        return context.broadcast(new HadoopSettings(spark.sparkContext().hadoopConfiguration()));
    }

    private static void check(DataType type, String operation, String name) {
        boolean plain = type.equals(DataTypes.StringType) || type.equals(DataTypes.BinaryType);
        if (!plain && !(type instanceof StructType struct && isPicture(struct))) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s: the column '%s' of the image must hold paths (string), encoded"
                                    + " pictures (binary) or struct<bytes:binary,path:string>, got"
                                    + " %s; for files, spark.read().format(\"binaryFile\") gives"
                                    + " encoded pictures in 'content'",
                            operation,
                            name,
                            type.simpleString()));
        }
    }

    private static boolean isPicture(StructType struct) {
        return has(struct, BYTES, DataTypes.BinaryType)
                && (!names(struct).contains(PATH) || has(struct, PATH, DataTypes.StringType));
    }

    private static boolean has(StructType struct, String name, DataType type) {
        return names(struct).contains(name)
                && struct.fields()[struct.fieldIndex(name)].dataType().equals(type);
    }

    private static List<String> names(StructType struct) {
        return Arrays.asList(struct.fieldNames());
    }

    /** Returns a row's picture; one that is missing fails when it is read. */
    ImageSource read(Row row) {
        return source(row.get(place), hadoop);
    }

    /** Returns the picture of a cell. */
    static ImageSource source(@Nullable Object cell, Broadcast<HadoopSettings> hadoop) {
        if (cell instanceof byte[] bytes) {
            return bytes("the image", bytes);
        } else if (cell instanceof String path) {
            return path(path, hadoop);
        } else if (cell instanceof Row struct) {
            byte[] bytes = struct.getAs(BYTES);
            String path =
                    Arrays.asList(struct.schema().fieldNames()).contains(PATH)
                            ? struct.getAs(PATH)
                            : null;
            if (bytes != null) {
                return bytes(path == null ? "the image" : path, bytes);
            }
            return path == null ? missing("has neither bytes nor a path") : path(path, hadoop);
        }
        return missing("is null");
    }

    private static ImageSource bytes(String name, byte[] bytes) {
        return bytes.length == 0
                ? missing("has no bytes")
                : new ImageSource.Encoded(name, () -> bytes);
    }

    private static ImageSource path(String path, Broadcast<HadoopSettings> hadoop) {
        return path.isBlank()
                ? missing("has an empty path")
                : new ImageSource.Encoded(
                        path, () -> new HadoopImages(hadoop.value().configuration()).read(path));
    }

    private static ImageSource missing(String problem) {
        return failing("the image " + problem);
    }

    /** A picture that fails, with a sentence of the row's own. */
    static ImageSource failing(String problem) {
        return new ImageSource.Encoded(
                "the row",
                () -> {
                    throw new UnusableCellException(problem);
                });
    }
}
