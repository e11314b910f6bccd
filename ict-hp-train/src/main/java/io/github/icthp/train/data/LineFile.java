package io.github.icthp.train.data;

import com.google.common.primitives.ImmutableLongArray;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The non-blank lines of a text file by number, at eight bytes of memory a line.
 *
 * <p>Lines are read when asked for. Reading is safe from many threads, and an interrupt of one of
 * them does not close the file (as it would with a channel).
 */
final class LineFile implements Closeable {

    /** No table has such a row; a file without line breaks must not be read as one. */
    private static final int MAX_LINE_BYTES = 64 << 20;

    private static final int SCAN_BYTES = 1 << 20;

    private final Path path;
    private final RandomAccessFile file;
    private final ImmutableLongArray starts;
    private final long end;

    /** Finds the lines of a file, once over. */
    LineFile(Path path) throws IOException {
        this.path = path;
        this.file = new RandomAccessFile(path.toFile(), "r");
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path), SCAN_BYTES)) {
            this.starts = scan(in);
            this.end = file.length();
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    int size() {
        return starts.length();
    }

    /** Reads a line, its line break and any blank lines after it included. */
    byte[] line(int number) throws IOException {
        long start = starts.get(number);
        long length = (number + 1 < starts.length() ? starts.get(number + 1) : end) - start;
        if (length > MAX_LINE_BYTES) {
            throw new IOException(
                    "%s: line of row %d has %d bytes, at most %d are read"
                            .formatted(path, number, length, MAX_LINE_BYTES));
        }
        byte[] bytes = new byte[(int) length];
        synchronized (file) {
            file.seek(start);
            file.readFully(bytes);
        }
        return bytes;
    }

    private static ImmutableLongArray scan(InputStream in) throws IOException {
        ImmutableLongArray.Builder found = ImmutableLongArray.builder();
        byte[] block = new byte[SCAN_BYTES];
        long lineStart = 0;
        boolean blank = true;
        long position = 0;
        for (int n = in.read(block); n >= 0; n = in.read(block)) {
            for (int i = 0; i < n; i++) {
                byte b = block[i];
                if (b == '\n') {
                    blank = true;
                    lineStart = position + i + 1;
                } else if (blank && b != ' ' && b != '\t' && b != '\r') {
                    blank = false;
                    found.add(lineStart);
                }
            }
            position += n;
        }
        return found.build();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
