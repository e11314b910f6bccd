package io.github.icthp.train.data;

import com.google.common.primitives.ImmutableLongArray;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The non-blank lines of a text file by number, at eight bytes of memory a line.
 *
 * <p>Lines are read when asked for. Reading is safe from many threads, and an interrupt of one of
 * them does not close the file (as it would with a channel).
 */
final class LineFile implements Closeable {

    private static final int SCAN_BYTES = 1 << 20;

    private final RandomAccessFile file;
    private final ImmutableLongArray starts;
    private final long end;

    /** Finds the lines of a file, once over. */
    LineFile(Path path) throws IOException {
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

    /** Returns the bytes of a line, its line break and any blank lines after it included. */
    long length(int number) {
        long next = number + 1 < starts.length() ? starts.get(number + 1) : end;
        return next - starts.get(number);
    }

    /** Reads a line, as long as {@link #length} says. */
    byte[] line(int number) throws IOException {
        byte[] bytes = new byte[Math.toIntExact(length(number))];
        synchronized (file) {
            file.seek(starts.get(number));
            file.readFully(bytes);
        }
        return bytes;
    }

    /** Counts a line among all of the file, blank ones included, from 1. */
    long fileLine(int number) {
        byte[] block = new byte[SCAN_BYTES];
        long line = 1;
        try {
            synchronized (file) {
                file.seek(0);
                for (long left = starts.get(number); left > 0; ) {
                    int n = (int) Math.min(left, block.length);
                    file.readFully(block, 0, n);
                    for (int i = 0; i < n; i++) {
                        line += block[i] == '\n' ? 1 : 0;
                    }
                    left -= n;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return line;
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
