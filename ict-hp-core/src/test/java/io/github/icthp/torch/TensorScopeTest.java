package io.github.icthp.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import org.junit.jupiter.api.Test;

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
            try (TensorScope inner = TensorScope.open()) {
                assertThatThrownBy(outer::close)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("innermost first");
                assertThat(inner.manager().isOpen()).isTrue();
            }
        }
    }
}
