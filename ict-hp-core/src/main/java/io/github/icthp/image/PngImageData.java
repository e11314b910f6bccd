package io.github.icthp.image;

import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** The bytes that a PNG file's IDAT chunks decompress to, read in order. */
final class PngImageData implements AutoCloseable {

    /**
     * Where a chunk's content lies in the file.
     *
     * @param offset its first byte
     * @param length its bytes
     */
    record Part(int offset, int length) {}

    private final byte[] file;
    private final List<Part> parts;
    private final Inflater inflater = new Inflater();
    private int next;

    PngImageData(byte[] file, List<Part> parts) {
        this.file = file;
        this.parts = parts;
    }

    /** Fills a piece of an array; it is an error if the data end before. */
    void read(byte[] target, int offset, int length) throws ImageFormatException {
        int done = 0;
        try {
            while (done < length) {
                int count = inflater.inflate(target, offset + done, length - done);
                done += count;
                if (count == 0) {
                    feed();
                }
            }
        } catch (DataFormatException e) {
            throw new ImageFormatException("PNG data are damaged: " + e.getMessage());
        }
    }

    private void feed() throws ImageFormatException {
        if (inflater.finished() || inflater.needsDictionary() || next == parts.size()) {
            throw new ImageFormatException("PNG data end before the last row: the file is cut off");
        }
        Part part = parts.get(next++);
        inflater.setInput(file, part.offset(), part.length());
    }

    @Override
    public void close() {
        inflater.end();
    }
}
