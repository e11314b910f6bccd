package io.github.icthp.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

class SafetensorsWriterTest {

    @TempDir Path temp;

    @Test
    void readsBackEveryType() {
        Path file = temp.resolve("folder/all.safetensors");
        try (TensorScope scope = TensorScope.open(Devices.tested())) {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            for (DType type : EnumSet.allOf(DType.class)) {
                tensors.put(
                        "t." + type,
                        Tensors.cast(Tensors.of(new float[] {0, 1, 1, 0, 1, 1}, 2, 3), type));
            }
            tensors.put("scalar", scope.manager().create(2.5f));
            tensors.put("empty", Tensors.of(new float[0], 0, 3));
            SafetensorsWriter.write(file, tensors, Map.of("format", "pt"));
            try (Weights weights = Weights.open(file)) {
                assertThat(weights.metadata()).containsExactly(Map.entry("format", "pt"));
                assertThat(weights.names()).containsExactlyInAnyOrderElementsOf(tensors.keySet());
                tensors.forEach(
                        (name, tensor) -> {
                            NDArray read = TensorReader.read(weights, name);
                            assertThat(Tensors.dtype(read)).isEqualTo(Tensors.dtype(tensor));
                            assertThat(read.getShape()).isEqualTo(tensor.getShape());
                            assertThat(Tensors.toFloats(read)).isEqualTo(Tensors.toFloats(tensor));
                        });
            }
        }
    }

    @Test
    void writesViewsRowByRow() {
        Path file = temp.resolve("view.safetensors");
        TensorScope.run(
                Devices.tested(),
                () -> {
                    NDArray matrix = Tensors.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
                    SafetensorsWriter.write(file, Map.of("t", matrix.transpose()), Map.of());
                    try (Weights weights = Weights.open(file)) {
                        NDArray read = TensorReader.read(weights, "t");
                        assertThat(read.getShape().getShape()).containsExactly(3, 2);
                        assertThat(read.toFloatArray()).containsExactly(1, 4, 2, 5, 3, 6);
                    }
                });
    }

    @Test
    void convertsEveryGoodCheckpointByteForByte() {
        for (String name : List.of("all_dtypes.bin", "strided.bin", "legacy_views.bin")) {
            Path file = temp.resolve(name + ".safetensors");
            try (Weights original = Weights.open(Golden.sample("weights/good").resolve(name))) {
                SafetensorsWriter.write(file, original);
                try (Weights copy = Weights.open(file)) {
                    assertThat(copy.names()).containsExactlyInAnyOrderElementsOf(original.names());
                    for (String tensor : copy.names()) {
                        assertThat(copy.info(tensor)).isEqualTo(original.info(tensor));
                        assertThat(copy.data(tensor)).isEqualTo(original.data(tensor));
                    }
                }
            }
        }
    }

    @Test
    void refusesTheReservedName() {
        try (TensorScope scope = TensorScope.open(Devices.tested())) {
            Map<String, NDArray> tensors = Map.of("__metadata__", scope.manager().create(1f));
            assertThatThrownBy(() -> SafetensorsWriter.write(temp.resolve("a"), tensors, Map.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'__metadata__'");
        }
        assertThat(temp).isEmptyDirectory();
    }

    @Test
    void failureLeavesNothingBehind() throws IOException {
        Path target = Files.createDirectories(temp.resolve("folder/in the way"));
        Files.createFile(target.resolve("file"));
        try (TensorScope scope = TensorScope.open(Devices.tested())) {
            Map<String, NDArray> tensors = Map.of("a", scope.manager().create(1f));
            assertThatThrownBy(() -> SafetensorsWriter.write(target, tensors, Map.of()))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining(target.toString());
        }
        assertThat(temp.resolve("folder").toFile().list()).containsExactly("in the way");
    }
}
