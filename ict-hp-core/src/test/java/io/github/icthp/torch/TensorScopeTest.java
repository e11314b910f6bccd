package io.github.icthp.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

class TensorScopeTest {

    @Test
    void freesWhatWasNotKept() {
        NDArray freed;
        NDArray kept;
        try (TensorScope outer = TensorScope.open(Device.cpu())) {
            try (TensorScope inner = TensorScope.open()) {
                freed = Tensors.of(new float[] {1}, 1);
                kept = inner.keep(Tensors.of(new float[] {2}, 1));
            }
            assertThat(freed.isReleased()).isTrue();
            assertThat(kept.isReleased()).isFalse();
            assertThat(TensorScope.current()).isSameAs(outer);
        }
        assertThat(kept.isReleased()).isTrue();
        assertThatThrownBy(TensorScope::current).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void refusesToCloseOutOfOrder() {
        try (TensorScope outer = TensorScope.open(Device.cpu())) {
            TensorScope.run(
                    Device.cpu(),
                    () ->
                            assertThatThrownBy(outer::close)
                                    .isInstanceOf(IllegalStateException.class)
                                    .hasMessageContaining("innermost first"));
            assertThat(TensorScope.current()).isSameAs(outer);
        }
    }

    @Test
    void freesWhatABodyMade() {
        List<NDArray> made = new ArrayList<>();
        TensorScope.run(Device.cpu(), () -> made.add(Tensors.of(new float[] {1}, 1)));
        float sum =
                TensorScope.call(
                        Device.cpu(),
                        () -> {
                            NDArray pair = Tensors.of(new float[] {1, 2}, 2);
                            made.add(pair);
                            return pair.sum().getFloat();
                        });
        assertThat(sum).isEqualTo(3);
        assertThat(made).hasSize(2).allMatch(NDArray::isReleased);
        assertThatThrownBy(TensorScope::current).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void freesWhatAFailedBodyMade() {
        List<NDArray> made = new ArrayList<>();
        assertThatThrownBy(
                        () ->
                                TensorScope.run(
                                        Device.cpu(),
                                        () -> {
                                            made.add(Tensors.of(new float[] {1}, 1));
                                            throw new IOException("disk full");
                                        }))
                .isInstanceOf(IOException.class);
        assertThat(made).hasSize(1).allMatch(NDArray::isReleased);
        assertThatThrownBy(TensorScope::current).isInstanceOf(IllegalStateException.class);
    }
}
