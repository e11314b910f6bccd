package io.github.icthp.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;

import io.github.icthp.testing.Devices;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

class PytorchWriterTest {

    @TempDir Path folder;

    /** Tensors of several types, empty, scalar, and larger than what is copied at a time. */
    private Weights some() {
        Path file = folder.resolve("some.safetensors");
        TensorScope.run(
                Devices.tested(),
                () -> {
                    Map<String, NDArray> tensors = new LinkedHashMap<>();
                    float[] many = new float[300_001];
                    for (int i = 0; i < many.length; i++) {
                        many[i] = i * 0.1f;
                    }
                    tensors.put("a.weight", Tensors.of(many, 1, many.length));
                    tensors.put(
                            "a.bias",
                            Tensors.cast(Tensors.of(new float[] {1, -2}), DType.BFLOAT16));
                    tensors.put(
                            "half", Tensors.cast(Tensors.of(new float[] {3, 4}), DType.FLOAT16));
                    tensors.put("scalar", Tensors.of(new float[] {2.5f}, new long[0]));
                    tensors.put("none", Tensors.of(new float[0], 0, 3));
                    tensors.put("position_ids", Tensors.of(new long[] {0, 1L << 40}, 1, 2));
                    SafetensorsWriter.write(file, tensors, Map.of());
                });
        return Weights.open(file);
    }

    @Test
    void readsBackWhatItWrote() {
        Path file = folder.resolve("out/pytorch_model.bin");
        try (Weights before = some()) {
            PytorchWriter.write(file, before);
            try (Weights after = Weights.open(file)) {
                assertThat(after.names()).isEqualTo(before.names());
                for (String name : before.names()) {
                    assertThat(after.info(name)).isEqualTo(before.info(name));
                    assertThat(bytes(after, name)).as(name).isEqualTo(bytes(before, name));
                }
            }
        }
    }

    private static byte[] bytes(Weights weights, String name) {
        ByteBuffer bytes = ByteBuffer.allocate((int) weights.info(name).bytes());
        weights.read(name, 0, bytes);
        return bytes.array();
    }

    @Test
    void valuesAreAlignedAndEqualWeightsGiveEqualFiles() throws Exception {
        Path one = folder.resolve("one.bin");
        Path two = folder.resolve("two.bin");
        try (Weights weights = some()) {
            PytorchWriter.write(one, weights);
            PytorchWriter.write(two, weights);
        }
        assertThat(one).hasSameBinaryContentAs(two);
        String content = Files.readString(one, StandardCharsets.ISO_8859_1);
        for (int key = 0; key < 6; key++) {
            int name = content.indexOf("archive/data/" + key);
            int header = name - 30;
            int extra = content.charAt(header + 28) + 256 * content.charAt(header + 29);
            int start = name + ("archive/data/" + key).length() + extra;
            assertThat(start % 64).as("member %d", key).isZero();
        }
    }

    @Test
    void anEarlierFileStaysIfItCannotBeWritten() throws Exception {
        Path taken = Files.createFile(folder.resolve("taken"));
        try (Weights weights = some()) {
            assertThatThrownBy(() -> PytorchWriter.write(taken.resolve("a.bin"), weights))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("a.bin could not be written");
        }
        assertThat(taken).isEmptyFile();
    }
}
