package io.github.icthp.train.data;

import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Writes rows as parquet, compressed with Snappy: the same rows are the same bytes. */
final class ParquetRowWriter implements RowWriter {

    private final ParquetWriter<Map<String, ? extends @Nullable Object>> out;

    /**
     * Creates a file.
     *
     * @param columns those of {@link TripletColumns} that every row will have
     */
    ParquetRowWriter(Path file, List<String> columns) throws IOException {
        out =
                new Builder(file, new Rows(schema(columns)))
                        .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
                        .withCompressionCodec(CompressionCodecName.SNAPPY)
                        .withWriterVersion(WriterVersion.PARQUET_2_0)
                        // The footer lists a column's encodings in the order of a hash set, which
                        // is another in every process where a dictionary makes them two.
                        .withDictionaryEncoding(false)
                        .build();
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

    private static final class Builder
            extends ParquetWriter.Builder<Map<String, ? extends @Nullable Object>, Builder> {

        private final Rows rows;

        Builder(Path file, Rows rows) {
            super(new LocalOutputFile(file));
            this.rows = rows;
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        @SuppressWarnings("deprecation") // abstract all the same, so there is no way around it
        protected WriteSupport<Map<String, ? extends @Nullable Object>> getWriteSupport(
                Configuration unused) {
            return rows;
        }
    }

    /** Hands rows over, value by value. */
    private static final class Rows extends WriteSupport<Map<String, ? extends @Nullable Object>> {

        private final MessageType schema;
        private @Nullable RecordConsumer consumer;

        Rows(MessageType schema) {
            this.schema = schema;
        }

        @Override
        @SuppressWarnings("deprecation") // abstract all the same, so there is no way around it
        public WriteContext init(Configuration unused) {
            return new WriteContext(schema, Map.of());
        }

        @Override
        public void prepareForWrite(RecordConsumer to) {
            consumer = to;
        }

        @Override
        public void write(Map<String, ? extends @Nullable Object> row) {
            RecordConsumer to = Objects.requireNonNull(consumer);
            to.startMessage();
            for (int i = 0; i < schema.getFieldCount(); i++) {
                String column = schema.getFieldName(i);
                Object value = Objects.requireNonNull(row.get(column), column);
                to.startField(column, i);
                if (value instanceof Double number) {
                    to.addDouble(number);
                } else {
                    to.addBinary(Binary.fromString((String) value));
                }
                to.endField(column, i);
            }
            to.endMessage();
        }
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
