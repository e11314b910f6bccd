package io.github.icthp.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

class WeightsTest {

    private static final String ONE =
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";

    @TempDir Path temp;

    @Test
    void buffersOutliveTheWeights() throws IOException {
        Weights weights = Weights.open(save("one.safetensors", ONE, 8));
        ByteBuffer data = weights.data("a");
        weights.close();
        weights.close();

        assertThat(data.isDirect()).isTrue();
        assertThat(data.getFloat(4)).isZero();
        assertThatThrownBy(() -> weights.data("a"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot read a F32[2]")
                .hasMessageContaining("are closed");
        assertThatThrownBy(() -> weights.read("a", 0, ByteBuffer.allocate(4)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void namesWhatIsWrongWithARequest() throws IOException {
        try (Weights weights = Weights.open(save("one.safetensors", ONE, 8))) {
            assertThatThrownBy(() -> weights.info("b"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no tensor named 'b' among 1, which begin with [a]");
            assertThatThrownBy(() -> weights.read("a", 5, ByteBuffer.allocate(4)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("cannot read 4 bytes from byte 5, the tensor has 8");
        }
        assertThatThrownBy(() -> Weights.open(temp.resolve("none.bin")))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("none.bin");
        assertThatThrownBy(() -> Weights.open(Files.createDirectory(temp.resolve("empty"))))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("no weights in the folder")
                .hasMessageContaining("model.safetensors");
    }

    @Test
    void takesTheFirstUsualNameInAFolder() throws IOException {
        save("other.safetensors", ONE, 8);
        save("diffusion_pytorch_model.safetensors", ONE.replace("\"a\"", "\"b\""), 8);

        try (Weights weights = Weights.open(temp)) {
            assertThat(weights.names()).containsExactly("b");
        }
        save("model.safetensors", ONE.replace("\"a\"", "\"c\""), 8);
        try (Weights weights = Weights.open(temp)) {
            assertThat(weights.names()).containsExactly("c");
        }
    }

    @Test
    void readsBeyondTwoGibibytes() throws IOException {
        long large = (1L << 31) + 8;
        String header =
                String.format(
                        Locale.ROOT,
                        "{\"large\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]},"
                                + "\"last\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[%d,%d]}}",
                        large,
                        large,
                        large,
                        large + 8);
        Path file = save("sparse.safetensors", header, large + 8);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {9, 7}), channel.size() - 9);
        }

        try (Weights weights = Weights.open(file)) {
            ByteBuffer end = ByteBuffer.allocate(2);
            weights.read("large", large - 2, end);
            assertThat(end.array()).containsExactly(0, 9);
            assertThat(weights.data("last").getLong()).isEqualTo(7);
            assertThatThrownBy(() -> weights.data("large"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("2147483656 bytes, one buffer holds at most")
                    .hasMessageContaining("use read(name, offset, target)");
        }
    }

    @Test
    void recognizesAPointerToTheFile() throws IOException {
        Path file = temp.resolve("model.safetensors");
        Files.writeString(
                file, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n");

        assertThatThrownBy(() -> Weights.open(file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("git lfs pull");
    }

    @Test
    void refusesAnIndexThatLeavesItsFolderOrLacksAFile() throws IOException {
        Path index = temp.resolve("model.safetensors.index.json");
        for (String name : new String[] {"../x.safetensors", "/x.bin", "x.txt", "a/b.bin"}) {
            Files.writeString(index, "{\"weight_map\":{\"a\":\"" + name + "\"}}");
            assertThatThrownBy(() -> Weights.open(index))
                    .as(name)
                    .isInstanceOf(WeightsFormatException.class)
                    .hasMessageContaining("in the index's own folder");
        }
        Files.writeString(index, "{\"weight_map\":{\"a\":\"x.bin\"}}");
        assertThatThrownBy(() -> Weights.open(index))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("x.bin, which is not there. Fetch it too");
        Files.writeString(index, "{\"weight_map\":{\"b\":\"one.safetensors\"}}");
        save("one.safetensors", ONE, 8);
        assertThatThrownBy(() -> Weights.open(index))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("lacks [b] and holds [a]");
    }

    /** Writes a header and as many zeros as asked, which take no room on the disk. */
    private Path save(String name, String header, long zeros) throws IOException {
        return save(temp.resolve(name), header, zeros);
    }

    /** Writes a safetensors file of a header and zeros. */
    static Path save(Path file, String header, long zeros) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer start =
                ByteBuffer.allocate(Long.BYTES + json.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(json.length)
                        .put(json)
                        .flip();
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(start);
            if (zeros > 0) {
                channel.write(ByteBuffer.allocate(1), Long.BYTES + json.length + zeros - 1);
            }
        }
        return file;
    }
}
