package io.github.icthp.train.data;

import blue.strategic.parquet.Hydrator;
import blue.strategic.parquet.HydratorSupplier;
import blue.strategic.parquet.ParquetReader;

import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Parquet tables, one row group in memory at a time. */
final class ParquetFormat implements TableFormat {

    /** Those that parquet-java decodes without Hadoop. */
    private static final Set<CompressionCodecName> CODECS =
            EnumSet.of(
                    CompressionCodecName.UNCOMPRESSED,
                    CompressionCodecName.SNAPPY,
                    CompressionCodecName.ZSTD);

    private static final Hydrator<Map<String, @Nullable Object>, Map<String, @Nullable Object>>
            AS_MAP =
                    new Hydrator<>() {
                        @Override
                        public Map<String, @Nullable Object> start() {
                            return new HashMap<>();
                        }

                        @Override
                        public Map<String, @Nullable Object> add(
                                Map<String, @Nullable Object> row,
                                String column,
                                @Nullable Object value) {
                            row.put(column, value);
                            return row;
                        }

                        @Override
                        public Map<String, @Nullable Object> finish(
                                Map<String, @Nullable Object> row) {
                            return row;
                        }
                    };

    @Override
    public boolean copy(Path table, boolean labels, RowWriter rows) throws IOException {
        try {
            ParquetMetadata metadata = ParquetReader.readMetadata(table.toFile());
            checkCodecs(table, metadata);
            MessageType schema = metadata.getFileMetaData().getSchema();
            Collection<String> columns = schema.getFields().stream().map(Type::getName).toList();
            boolean labeled = TripletColumns.check(table.toString(), columns, labels);
            List<String> wanted = labeled ? TripletColumns.ALL : TripletColumns.TEXTS;
            wanted.forEach(c -> checkType(table, schema.getType(c)));
            try (Stream<Map<String, @Nullable Object>> found =
                    ParquetReader.streamContent(
                            table.toFile(), HydratorSupplier.constantly(AS_MAP), wanted)) {
                found.forEach(row -> write(rows, row));
            }
            return labeled;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (DatasetException e) {
            throw e;
        } catch (RuntimeException e) {
            // What the parquet library throws at a damaged file has no common type.
            throw new DatasetException(
                    table + ": not a readable parquet file: " + e.getMessage(), e);
        }
    }

    private static void checkCodecs(Path table, ParquetMetadata metadata) {
        for (BlockMetaData group : metadata.getBlocks()) {
            for (ColumnChunkMetaData column : group.getColumns()) {
                if (!CODECS.contains(column.getCodec())) {
                    throw new DatasetException(
                            String.format(
                                    Locale.ROOT,
                                    "%s: compressed with %s; save it again with one of %s",
                                    table,
                                    column.getCodec(),
                                    CODECS));
                }
            }
        }
    }

    private static void checkType(Path table, Type type) {
        boolean text = TripletColumns.TEXTS.contains(type.getName());
        boolean fits =
                type.isPrimitive()
                        && !type.isRepetition(Type.Repetition.REPEATED)
                        && (text ? isText(type) : isNumber(type));
        if (!fits) {
            throw new DatasetException(
                    String.format(
                            Locale.ROOT,
                            "%s: column %s must hold %s, got parquet type %s",
                            table,
                            type.getName(),
                            text ? "text" : "numbers",
                            type));
        }
    }

    private static boolean isText(Type type) {
        return type.asPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.BINARY
                && type.getLogicalTypeAnnotation() instanceof StringLogicalTypeAnnotation;
    }

    private static boolean isNumber(Type type) {
        PrimitiveTypeName name = type.asPrimitiveType().getPrimitiveTypeName();
        boolean whole = name == PrimitiveTypeName.INT32 || name == PrimitiveTypeName.INT64;
        return name == PrimitiveTypeName.DOUBLE
                || name == PrimitiveTypeName.FLOAT
                || (whole && type.getLogicalTypeAnnotation() == null);
    }

    private static void write(RowWriter rows, Map<String, @Nullable Object> row) {
        try {
            rows.write(row);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
