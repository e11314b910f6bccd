package io.github.icthp.train.data;

import blue.strategic.parquet.ParquetWriter;

import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes rows as parquet, compressed with Snappy. */
final class ParquetRowWriter implements RowWriter {

    private final ParquetWriter<Map<String, ? extends @Nullable Object>> out;

    /**
     * Creates a file.
     *
     * @param columns those of {@link TripletColumns} that every row will have
     */
    ParquetRowWriter(Path file, List<String> columns) throws IOException {
        out =
                ParquetWriter.writeFile(
                        schema(columns),
                        file.toFile(),
                        (row, values) -> columns.forEach(c -> values.write(c, row.get(c))));
    }

    private static MessageType schema(List<String> columns) {
        Types.MessageTypeBuilder schema = Types.buildMessage();
        for (String column : columns) {
            schema.addField(
                    TripletColumns.TEXTS.contains(column)
                            ? Types.required(PrimitiveTypeName.BINARY)
                                    .as(LogicalTypeAnnotation.stringType())
                                    .named(column)
                            : Types.required(PrimitiveTypeName.DOUBLE).named(column));
        }
        return schema.named("schema");
    }

    @Override
    public void write(Map<String, ? extends @Nullable Object> values) throws IOException {
        out.write(values);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
