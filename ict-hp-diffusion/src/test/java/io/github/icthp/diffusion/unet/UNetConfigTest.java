package io.github.icthp.diffusion.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import io.github.icthp.weights.WeightsMismatchException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

class UNetConfigTest {

    private static final String SMALL =
            """
            {"block_out_channels": [16, 32], "norm_num_groups": 8, "cross_attention_dim": 24,
             "attention_head_dim": 4, "layers_per_block": 1,
             "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"],
             "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"]}
            """;

    @TempDir Path folder;

    private UNetConfig read(String change) throws IOException {
        JsonObject json = JsonParser.parseString(SMALL).getAsJsonObject();
        JsonParser.parseString("{" + change + "}")
                .getAsJsonObject()
                .entrySet()
                .forEach(e -> json.add(e.getKey(), e.getValue()));
        return UNetConfig.read(Files.writeString(folder.resolve("config.json"), json.toString()));
    }

    @Test
    void readsNumbersForAllLevelsAndForEach() throws IOException {
        assertThat(read("").levels())
                .containsExactly(
                        new UNetConfig.Level(16, 1, 4, 1, true, true),
                        new UNetConfig.Level(32, 1, 4, 1, false, false));
        UNetConfig config =
                read(
                        "\"attention_head_dim\": [2, 8], \"transformer_layers_per_block\": [1, 3],"
                                + " \"layers_per_block\": [2, 1], \"num_attention_heads\": null");
        assertThat(config.levels())
                .containsExactly(
                        new UNetConfig.Level(16, 2, 2, 1, true, true),
                        new UNetConfig.Level(32, 1, 8, 3, false, false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"class_embed_type\": \"timestep\" | class_embed_type is not supported",
                "\"num_class_embeds\": 1000 | num_class_embeds is not supported",
                "\"addition_embed_type\": \"image\" | addition_embed_type image is not supported",
                "\"addition_embed_type\": \"text_time\" | addition_time_embed_dim",
                "\"mid_block_type\": \"UNetMidBlock2D\" | mid_block_type UNetMidBlock2D",
                "\"down_block_types\": [\"AttnDownBlock2D\", \"DownBlock2D\"] | AttnDownBlock2D",
                "\"up_block_types\": [\"UpBlock2D\"] | as many up_block_types",
                "\"attention_head_dim\": 5 | 5 heads do not divide the width 16",
                "\"attention_head_dim\": [4, 4, 4] | attention_head_dim",
                "\"norm_num_groups\": 5 | norm_num_groups 5 must divide every width",
                "\"cross_attention_dim\": [24, 32] | expected one cross_attention_dim",
                "\"only_cross_attention\": true | only_cross_attention true is not supported",
                "\"act_fn\": \"gelu\" | act_fn gelu is not supported",
                "\"out_channels\": 8 | out_channels 8 is not supported, expected 4",
                "\"layers_per_block\": 0 | must be positive"
            })
    void saysWhatItCannotDo(String change, String message) {
        assertThatThrownBy(() -> read(change))
                .isInstanceOf(RuntimeException.class)
                .hasMessageContaining(message);
    }

    @Test
    void namesEveryTensorThatDoesNotFit() throws IOException {
        UNetConfig config = read("");
        Map<String, Shape> shapes = new HashMap<>(UNet.shapes(config));
        shapes.remove("conv_in.bias");
        shapes.put("mid_block.resnets.0.conv1.weight", new Shape(32, 32, 1, 1));
        shapes.put("class_embedding.weight", new Shape(10, 64));
        assertThatThrownBy(() -> UNet.check(config, shapes, "damaged.safetensors"))
                .isInstanceOf(WeightsMismatchException.class)
                .hasMessageContaining("damaged.safetensors")
                .hasMessageContaining("conv_in.bias")
                .hasMessageContaining("mid_block.resnets.0.conv1.weight")
                .hasMessageContaining("class_embedding.weight");
    }

    @Test
    void presetsHaveThePublishedSizes() {
        assertThat(parameters(UNetConfig.sd15())).isEqualTo(859_520_964);
        assertThat(parameters(UNetConfig.sd2())).isEqualTo(865_910_724);
        assertThat(parameters(UNetConfig.sdxl())).isEqualTo(2_567_463_684L);
    }

    private static long parameters(UNetConfig config) {
        return UNet.shapes(config).values().stream().mapToLong(Shape::size).sum();
    }
}
