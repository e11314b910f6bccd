package io.github.icthp.weights;

import com.google.common.io.CountingOutputStream;

import io.github.icthp.files.DurableFiles;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes weights as PyTorch's {@code torch.save} writes a state dictionary, for programs that know
 * nothing else: a zip archive that {@code torch.load(weights_only=True)} reads, memory-mapped too.
 *
 * <p>A file is written under another name, forced to the disk and then renamed: whoever sees it
 * sees all of it. Equal weights give equal files.
 */
public final class PytorchWriter {

    private static final String ROOT = "archive/";

    /** Where values begin is a multiple of this, as in PyTorch's own files. */
    private static final int ALIGNMENT = 64;

    /** The length of a member's header without name and padding, and of the padding's. */
    private static final int HEADER = 30;

    private static final int PADDING_HEADER = 4;
    private static final int COPIED = 1 << 20;

    private final Weights weights;
    private final CountingOutputStream counting;
    private final ZipOutputStream zip;
    private final byte[] buffer = new byte[COPIED];

    private PytorchWriter(Weights weights, OutputStream out) {
        this.weights = weights;
        this.counting = new CountingOutputStream(out);
        this.zip = new ZipOutputStream(counting);
        zip.setMethod(ZipOutputStream.STORED);
    }

    /**
     * Writes open weights to a file, replacing it if it exists. Values are copied as they are, in
     * their own types.
     *
     * @param file the file, usually named {@code pytorch_model.bin}; its folder is made if it is
     *     not there
     * @param weights what to write; metadata are left out
     * @throws IllegalArgumentException if PyTorch has no storage for a type
     * @throws UncheckedIOException if it cannot be written; an earlier file stays as it was
     */
    public static void write(Path file, Weights weights) {
        List<TensorInfo> tensors = weights.names().stream().map(weights::info).toList();
        byte[] pickle = TorchPickleWriter.pickle(tensors);
        try {
            DurableFiles.write(
                    file,
                    unfinished -> {
                        try (OutputStream out =
                                new BufferedOutputStream(
                                        Files.newOutputStream(unfinished), COPIED)) {
                            new PytorchWriter(weights, out).write(pickle, tensors);
                        }
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the weights file " + file + " could not be written (" + e.getMessage() + ")",
                    e);
        }
    }

    private void write(byte[] pickle, List<TensorInfo> tensors) throws IOException {
        member("data.pkl", pickle);
        member("byteorder", "little".getBytes(StandardCharsets.US_ASCII));
        for (int key = 0; key < tensors.size(); key++) {
            TensorInfo info = tensors.get(key);
            CRC32 sum = new CRC32();
            forEachPiece(info, length -> sum.update(buffer, 0, length));
            begin("data/" + key, info.bytes(), sum.getValue());
            forEachPiece(info, length -> zip.write(buffer, 0, length));
            zip.closeEntry();
        }
        member("version", "3\n".getBytes(StandardCharsets.US_ASCII));
        zip.finish();
        zip.flush();
    }

    private void member(String name, byte[] content) throws IOException {
        CRC32 sum = new CRC32();
        sum.update(content);
        begin(name, content.length, sum.getValue());
        zip.write(content);
        zip.closeEntry();
    }

    /** Begins a member whose content starts at a multiple of the alignment. */
    private void begin(String name, long size, long sum) throws IOException {
        zip.flush();
        ZipEntry entry = new ZipEntry(ROOT + name);
        entry.setSize(size);
        entry.setCompressedSize(size);
        entry.setCrc(sum);
        entry.setTimeLocal(LocalDateTime.of(1980, 2, 1, 0, 0));
        long start = counting.getCount() + HEADER + ROOT.length() + name.length() + PADDING_HEADER;
        entry.setExtra(padding((int) ((ALIGNMENT - start % ALIGNMENT) % ALIGNMENT)));
        zip.putNextEntry(entry);
    }

    /** A field that readers pass over, marked {@code FB} as in PyTorch's own files. */
    private static byte[] padding(int length) {
        byte[] field = new byte[PADDING_HEADER + length];
        Arrays.fill(field, (byte) 'Z');
        field[0] = 'F';
        field[1] = 'B';
        field[2] = (byte) length;
        field[3] = 0;
        return field;
    }

    private interface Piece {
        void take(int length) throws IOException;
    }

    /** Reads a tensor's values into the buffer, piece by piece. */
    private void forEachPiece(TensorInfo info, Piece piece) throws IOException {
        long size = info.bytes();
        for (long offset = 0; offset < size; offset += buffer.length) {
            int length = (int) Math.min(buffer.length, size - offset);
            weights.read(info.name(), offset, ByteBuffer.wrap(buffer, 0, length));
            piece.take(length);
        }
    }
}
