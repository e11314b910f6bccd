package io.github.icthp.diffusion.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.diffusion.text.ClipTextConfig;
import io.github.icthp.diffusion.unet.UNet;
import io.github.icthp.diffusion.unet.UNetConfig;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.PytorchWriter;
import io.github.icthp.weights.SafetensorsWriter;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsFormatException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Files of the first trainer number layers; shapes tell whether they are found. */
class NumberedLayersTest {

    private static final Map<String, LinearShape> SD15 = UNet.linears(UNetConfig.sd15());
    private static final String FIRST = "down_blocks.0.attentions.0.transformer_blocks.0.";

    @TempDir Path folder;

    @Test
    void ordersAttentionsWithAndWithoutFeedForwardParts() {
        List<String> all = NumberedLayers.ofUNet(SD15.keySet(), 144);
        assertThat(all)
                .hasSize(144)
                .startsWith(FIRST + "attn1.to_q", FIRST + "attn1.to_k", FIRST + "attn1.to_v")
                .endsWith("mid_block.attentions.0.transformer_blocks.0.attn2.to_out.0");
        assertThat(all.get(4)).isEqualTo(FIRST + "ff.net.0.proj");
        assertThat(all.get(54)).startsWith("up_blocks.1.attentions.0.");
        assertThat(SD15.keySet()).containsAll(all);
        assertThat(NumberedLayers.ofUNet(SD15.keySet(), 128))
                .hasSize(128)
                .noneMatch(path -> path.contains(".ff."));
        assertThat(NumberedLayers.ofUNet(SD15.keySet(), 100)).isEmpty();
        List<String> text = NumberedLayers.ofTextEncoder(ClipTextConfig.clipL().linears().keySet());
        assertThat(text).hasSize(48).startsWith("encoder.layers.0.self_attn.k_proj");
    }

    @Test
    void readsANumberedFile() {
        Path file = write(144);
        LoraFit fit = LoraFit.of(file, SD15);
        assertThat(fit.layers()).hasSize(144);
        assertThat(fit.unapplied().isEmpty()).isTrue();
        assertThatThrownBy(() -> LoraFit.of(file, UNet.linears(UNetConfig.sdxl())))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("none of its 144 adapters");
        assertThatThrownBy(() -> LoraFit.of(file, UNet.linears(UNetConfig.sd2())))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("unet:6");
    }

    /** As the first trainer saves a text encoder beside its UNet: lora_B, lora_A, and no names. */
    @Test
    void readsAListOfATextEncodersLayers() {
        Map<String, LinearShape> text = ClipTextConfig.clipL().linears();
        List<String> paths = NumberedLayers.ofTextEncoder(text.keySet());
        Path file = folder.resolve("list.text_encoder.pt");
        TensorScope.run(
                Device.cpu(),
                () -> {
                    Map<String, NDArray> tensors = new LinkedHashMap<>();
                    for (String path : paths) {
                        LinearShape shape = text.get(path);
                        tensors.put(String.valueOf(tensors.size()), zeros(shape.out(), 2));
                        tensors.put(String.valueOf(tensors.size()), zeros(2, shape.in()));
                    }
                    Path sorted = folder.resolve("sorted.safetensors");
                    SafetensorsWriter.write(sorted, tensors, Map.of());
                    Map<String, String> order = new LinkedHashMap<>();
                    tensors.keySet().forEach(name -> order.put(name, name));
                    try (Weights numbered = Weights.open(sorted).renamed(order)) {
                        PytorchWriter.write(file, numbered);
                    }
                });
        AdaptableLayers all = new AdaptableLayers(SD15, Map.of("text_encoder", text));
        try (LoraFile list = LoraFile.open(file)) {
            assertThat(list.adapts("text_encoder", all)).isTrue();
            assertThat(list.adapts("transformer", all)).isFalse();
            assertThat(list.unapplied(all).isEmpty()).isTrue();
            assertThat(new AdapterPlan(list, all).of("text_encoder").get(0).layer().parts())
                    .containsExactly("encoder.layers.0.self_attn.k_proj");
            AdaptableLayers without = AdaptableLayers.of(SD15);
            assertThatThrownBy(() -> list.unapplied(without))
                    .isInstanceOf(WeightsFormatException.class)
                    .hasMessageContaining("none of its 48 adapters");
        }
    }

    private Path write(int count) {
        Path file = folder.resolve("numbered.safetensors");
        List<String> paths = NumberedLayers.ofUNet(SD15.keySet(), count);
        TensorScope.run(
                Device.cpu(),
                () -> {
                    Map<String, NDArray> tensors = new LinkedHashMap<>();
                    for (int i = 0; i < paths.size(); i++) {
                        LinearShape shape = SD15.get(paths.get(i));
                        tensors.put("unet:" + i + ":up", zeros(shape.out(), 1));
                        tensors.put("unet:" + i + ":down", zeros(1, shape.in()));
                    }
                    SafetensorsWriter.write(file, tensors, Map.of());
                });
        return file;
    }

    private static NDArray zeros(long rows, long columns) {
        return Tensors.of(new float[(int) (rows * columns)], rows, columns);
    }
}
