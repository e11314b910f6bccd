package io.github.icthp.torch;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes the small zip that PyTorch loads as a TorchScript module: the program text, and one
 * pickled object of class {@code __torch__.Ops} whose attributes are the program's constants.
 */
final class ProgramArchive {

    private static final byte[] NO_TENSOR_CONSTANTS = {(byte) 0x80, 2, ')', '.'};

    private ProgramArchive() {}

    static byte[] write(String text, Map<String, ?> constants) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            entry(zip, "version", "10\n".getBytes(StandardCharsets.US_ASCII));
            entry(zip, "data.pkl", module(constants));
            entry(zip, "constants.pkl", NO_TENSOR_CONSTANTS);
            entry(zip, "code/__torch__.py", text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void entry(ZipOutputStream zip, String name, byte[] content) throws IOException {
        zip.putNextEntry(new ZipEntry("ops/" + name));
        zip.write(content);
        zip.closeEntry();
    }

    /** Pickles {@code Ops()} with its state: opcodes of protocol 2 as PyTorch writes them. */
    private static byte[] module(Map<String, ?> constants) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(new byte[] {(byte) 0x80, 2});
        bytes(out, "c__torch__\nOps\n");
        bytes(out, ")\u0081}(");
        string(out, "training");
        out.write(0x89);
        for (Map.Entry<String, ?> constant : constants.entrySet()) {
            string(out, constant.getKey());
            value(out, constant.getKey(), constant.getValue());
        }
        bytes(out, "ub.");
        return bytes.toByteArray();
    }

    private static void bytes(DataOutputStream out, String opcodes) throws IOException {
        out.write(opcodes.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void string(DataOutputStream out, String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.write('X');
        littleEndian(out, 4, utf8.length);
        out.write(utf8);
    }

    private static void value(DataOutputStream out, String name, Object value) throws IOException {
        if (value instanceof Boolean flag) {
            out.write(flag ? 0x88 : 0x89);
        } else if (value instanceof Integer || value instanceof Long) {
            out.write(0x8a);
            out.write(8);
            littleEndian(out, 8, ((Number) value).longValue());
        } else if (value instanceof Number number) {
            out.write('G');
            out.writeDouble(number.doubleValue());
        } else if (value instanceof String text) {
            string(out, text);
        } else {
            throw new IllegalArgumentException(
                    "TorchProgram: constant '"
                            + name
                            + "' must be a boolean, a number or a string, got "
                            + value);
        }
    }

    private static void littleEndian(DataOutputStream out, int bytes, long value)
            throws IOException {
        byte[] all = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
        out.write(all, 0, bytes);
    }
}
