package io.github.icthp.weights.hub;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;
import java.util.Set;

class HubSelectionTest {

    @Test
    void takesOneFormWithItsShards() {
        List<String> files =
                List.of(
                        "README.md",
                        "config.json",
                        "model.safetensors.index.json",
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors",
                        "model.fp16-00001-of-00002.safetensors",
                        "pytorch_model.bin",
                        "pytorch_model.bin.index.json");

        assertThat(HubSelection.choose(files, Optional.empty()))
                .containsExactlyInAnyOrder(
                        "config.json",
                        "model.safetensors.index.json",
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors");
    }

    @Test
    void takesThePartsOfAPipeline() {
        List<String> files =
                List.of(
                        "model_index.json",
                        "sd3.5_large.safetensors",
                        "text_encoders/clip_g.safetensors",
                        "vae/config.json",
                        "vae/diffusion_pytorch_model.safetensors",
                        "vae/diffusion_pytorch_model.fp16.safetensors",
                        "tokenizer/vocab.json",
                        "tokenizer/merges.txt");

        assertThat(HubSelection.choose(files, Optional.of(Set.of("vae", "tokenizer"))))
                .containsExactlyInAnyOrder(
                        "model_index.json",
                        "vae/config.json",
                        "vae/diffusion_pytorch_model.safetensors",
                        "tokenizer/vocab.json",
                        "tokenizer/merges.txt");
    }
}
