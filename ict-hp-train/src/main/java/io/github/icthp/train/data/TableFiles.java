package io.github.icthp.train.data;

import com.google.common.io.MoreFiles;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The endings of table files. */
final class TableFiles {

    /** In the order in which a folder is searched. */
    static final List<String> ENDINGS = List.of("pkl", "parquet", "jsonl");

    /** Formats that are written too; {@code pandas} reads both. */
    static final List<String> WRITABLE = List.of("parquet", "jsonl");

    private TableFiles() {}

    static String ending(Path table) {
        return MoreFiles.getFileExtension(table).toLowerCase(Locale.ROOT);
    }
}
