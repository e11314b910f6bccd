package io.github.icthp.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class TorchTest {

    @Test
    void aGpuThatIsNotThereIsNamed() {
        Device none = Device.gpu(63);
        assertThatThrownBy(() -> Torch.manager(none))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got gpu(63)")
                .hasMessageContaining("PYTORCH_LIBRARY_PATH")
                .hasMessageNotContaining("pytorch-native-cu128");
        assertThatThrownBy(() -> TensorScope.open(none))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(Torch.fastBfloat16(none)).isFalse();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void convolutionsKeepFloat32() {
        String given = System.getenv("NVIDIA_TF32_OVERRIDE");
        assertThat(Torch.version()).isNotEmpty();
        assertThat(FullPrecision.variable()).isEqualTo(given == null ? "0" : given);
    }
}
