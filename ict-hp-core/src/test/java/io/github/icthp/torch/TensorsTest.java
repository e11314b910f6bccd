package io.github.icthp.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.testing.Devices;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

class TensorsTest {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(Tensors.class, "tensors.torchscript");

    @ParameterizedTest
    @EnumSource(DType.class)
    void wrapsAndReadsBackEveryType(DType type) {
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(6 * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < bytes.capacity(); i++) {
            bytes.put(i, (byte) (i % 2));
        }
        TensorScope.run(
                Devices.tested(),
                () -> {
                    NDArray tensor = Tensors.wrap(bytes, type, new Shape(2, 3));
                    assertThat(Tensors.dtype(tensor)).isEqualTo(type);
                    assertThat(tensor.getShape()).isEqualTo(new Shape(2, 3));
                    ByteBuffer read = Tensors.toBytes(tensor);
                    assertThat(read).isEqualTo(bytes);
                });
    }

    @Test
    void castsBfloat16() {
        TensorScope.run(
                Devices.tested(),
                () -> {
                    NDArray x = Tensors.of(new float[] {1.0f, 1.001f, -3.14159f}, 3);
                    NDArray low = Tensors.cast(x, DType.BFLOAT16);
                    assertThat(Tensors.dtype(low)).isEqualTo(DType.BFLOAT16);
                    assertThat(Tensors.toFloats(low)).containsExactly(1f, 1f, -3.140625f);
                });
    }

    /** To the same device too: DJL's own move ends the process in types that it has no name for. */
    @ParameterizedTest
    @EnumSource(DType.class)
    void movesEveryTypeBetweenDevices(DType type) {
        TensorScope.run(
                Device.cpu(),
                () -> {
                    NDArray x = Tensors.cast(Tensors.of(new float[] {0, 1, 1}, 3), type);
                    NDArray there = PROGRAM.call("move", x, Tensors.name(Devices.tested()));
                    assertThat(there.getDevice()).isEqualTo(Devices.tested());
                    assertThat(Tensors.dtype(there)).isEqualTo(type);
                    assertThat(Tensors.toFloats(there)).containsExactly(0, 1, 1);
                    assertThat(Tensors.toFloats(Tensors.to(there, Device.cpu())))
                            .containsExactly(0, 1, 1);
                });
    }

    @Test
    void readsANumberOfAnyType() {
        TensorScope.run(
                Devices.tested(),
                () -> {
                    NDArray x = Tensors.of(new float[] {-1.5f}, 1);
                    for (DType type : List.of(DType.FLOAT32, DType.BFLOAT16, DType.FLOAT64)) {
                        assertThat(Tensors.toDouble(Tensors.cast(x, type))).isEqualTo(-1.5);
                    }
                });
    }

    @Test
    void refusesAWrongBuffer() {
        TensorScope.run(
                Devices.tested(),
                () -> {
                    assertThatThrownBy(
                                    () ->
                                            Tensors.wrap(
                                                    ByteBuffer.allocateDirect(7),
                                                    DType.FLOAT32,
                                                    new Shape(2)))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("direct buffer of 8 bytes")
                            .hasMessageContaining("of 7");
                    assertThat(
                                    Tensors.wrap(
                                                    ByteBuffer.allocateDirect(0),
                                                    DType.BFLOAT16,
                                                    new Shape(0, 4))
                                            .getShape())
                            .isEqualTo(new Shape(0, 4));
                });
    }

    @Test
    void seesNonFiniteValues() {
        TensorScope.run(
                Devices.tested(),
                () -> {
                    assertThat(Tensors.isFinite(Tensors.of(new float[] {1, 2}, 2))).isTrue();
                    assertThat(Tensors.isFinite(Tensors.of(new float[] {1, Float.NaN}, 2)))
                            .isFalse();
                });
    }

    @Test
    void overwritesSharedMemory() {
        TensorScope.run(
                Devices.tested(),
                () -> {
                    NDArray tensor = Tensors.of(new float[] {1, 2}, 2);
                    NDArray leaf = Autograd.leaf(tensor);
                    Tensors.overwrite(leaf, Tensors.of(new long[] {3, 4}, 2));
                    assertThat(tensor.toFloatArray()).containsExactly(3, 4);
                });
    }

    /** Aliases keep a tensor's memory, whatever becomes of the array that it was made as. */
    @Test
    void memoryOutlivesTheArray() {
        TensorScope.run(
                Devices.tested(),
                () -> {
                    NDArray made = Tensors.of(new float[1 << 20], 1 << 20);
                    NDArray alias = Autograd.detach(made);
                    made.close();
                    for (int i = 0; i < 5; i++) {
                        System.gc();
                        ByteBuffer.allocateDirect(1 << 22);
                    }
                    NDArray fresh = Tensors.allocate(DType.FLOAT32, new Shape(1 << 20));
                    Tensors.overwrite(fresh, Tensors.of(new float[] {1}, 1));
                    assertThat(alias.max().getFloat()).isZero();
                    assertThat(alias.min().getFloat()).isZero();
                });
    }
}
