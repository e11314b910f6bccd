package io.github.icthp.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Splitter;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import io.github.icthp.image.ImageConfig;
import io.github.icthp.image.ImageConfig.Resize;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What lies beside weights, and what is made of weights that nothing lies beside. */
class ClipSettingsTest {

    private static final String B32 =
            """
            {"model_cfg": {"embed_dim": 512, %s
               "vision_cfg": {"image_size": 224, "layers": 12, "width": 768, "patch_size": 32},
               "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 512, "heads": 8,
                 "layers": 12}},
             "preprocess_cfg": {%s}}""";

    @TempDir Path folder;

    /** Writes a file that holds, as zeros, the tensors that tell a shape. */
    private Path weights(String name, ClipConfig config) throws IOException {
        EncoderConfig vision = config.vision();
        String last = "vision_model.encoder.layers." + (vision.layers() - 1) + ".mlp.fc1.weight";
        Map<String, List<Integer>> shapes = new LinkedHashMap<>();
        shapes.put(
                "vision_model.embeddings.patch_embedding.weight",
                List.of(vision.width(), 3, config.patchSize(), config.patchSize()));
        shapes.put(
                "vision_model.embeddings.position_embedding.weight",
                List.of(config.imageTokens(), vision.width()));
        shapes.put("visual_projection.weight", List.of(config.projection(), vision.width()));
        shapes.put(last, List.of(vision.mlpWidth(), vision.width()));
        StringBuilder header = new StringBuilder();
        long end = 0;
        for (var tensor : shapes.entrySet()) {
            long bytes = tensor.getValue().stream().mapToLong(i -> i).reduce(2, (a, b) -> a * b);
            header.append(
                    String.format(
                            Locale.ROOT,
                            "%s\"%s\":{\"dtype\":\"F16\",\"shape\":%s,\"data_offsets\":[%d,%d]}",
                            end == 0 ? "{" : ",",
                            tensor.getKey(),
                            tensor.getValue(),
                            end,
                            end + bytes));
            end += bytes;
        }
        byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.write(
                    ByteBuffer.allocate(8)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(json.length)
                            .array());
            out.write(json);
            out.setLength(8 + json.length + end);
        }
        return file;
    }

    private static ClipSettings find(Path weights) {
        return ClipSettings.find(List.of(weights), Optional.empty(), Optional.empty());
    }

    private ClipSettings openClip(String model, String images) throws IOException {
        return openClip(String.format(Locale.ROOT, B32, model, images));
    }

    private ClipSettings openClip(String json) throws IOException {
        Path file = weights("oc/open_clip_model.safetensors", ClipConfig.vitB32());
        Files.writeString(file.resolveSibling("open_clip_config.json"), json);
        return find(file);
    }

    // ---- open_clip_config.json

    @Test
    void openClipsFolderIsReadAsOpenClipDoes() throws IOException {
        ClipSettings plain = openClip("", "\"mean\": [0.5, 0.5, 0.5], \"std\": 0.25");
        assertThat(plain.config()).isEqualTo(ClipConfig.vitB32().withActivation(Activation.GELU));
        assertThat(plain.images().mean()).containsOnly(0.5);
        assertThat(plain.images().std()).containsOnly(0.25);
        assertThat(plain.images().resize()).isEqualTo(new Resize.ShortestEdge(224));
        assertThat(plain.assumption()).isEmpty();
        assertThat(plain.origin()).endsWith("open_clip_config.json");

        ClipSettings quick =
                openClip(
                        "\"quick_gelu\": true, \"custom_text\": true,",
                        "\"resize_mode\": \"squash\", \"interpolation\": \"random\","
                                + " \"size\": [224, 224], \"mode\": \"RGB\"");
        assertThat(quick.config()).isEqualTo(ClipConfig.vitB32());
        assertThat(quick.images().resize()).isEqualTo(new Resize.Exact(224, 224));
        assertThat(quick.images().mean()).isEqualTo(ImageConfig.OPENAI_MEAN);
    }

    @Test
    void openClipsOtherShapesAreRead() throws IOException {
        ClipConfig config =
                openClip(
                                """
                                {"model_cfg": {"embed_dim": 1024, "init_logit_bias": null,
                                   "vision_cfg": {"image_size": [280, 280], "layers": 40,
                                     "width": 1408, "head_width": 88, "mlp_ratio": 4.3637,
                                     "patch_size": 14, "patch_dropout": 0.5,
                                     "timm_model_name": null, "norm_kwargs": {"eps": 1e-6}},
                                   "text_cfg": {"context_length": 32, "vocab_size": 500,
                                     "width": 1024, "heads": 16, "layers": 24,
                                     "hf_tokenizer_name": "openai/clip-vit-large-patch14",
                                     "pool_type": "eos", "eos_id": 499}}}""")
                        .config();
        assertThat(config)
                .isEqualTo(
                        new ClipConfig(
                                new EncoderConfig(1024, 4096, 24, 16, Activation.GELU, 1e-5),
                                500,
                                32,
                                499,
                                new EncoderConfig(1408, 6144, 40, 16, Activation.GELU, 1e-6),
                                280,
                                14,
                                1024));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model_cfg | multimodal_cfg | {} | CoCa",
                "model_cfg | audio_cfg | {} | CLAP",
                "model_cfg | init_logit_bias | -10 | SigLIP",
                "model_cfg | surprise | 1 | model_cfg.surprise 1",
                "model_cfg/vision_cfg | timm_model_name | vit_x | an image tower of timm",
                "model_cfg/vision_cfg | layers | [3, 4, 6, 3] | ResNet",
                "model_cfg/vision_cfg | pool_type | avg | vision_cfg.pool_type",
                "model_cfg/vision_cfg | norm_kwargs | {elementwise_affine: false} | norm_kwargs",
                "model_cfg/text_cfg | hf_model_name | roberta | a text tower of transformers",
                "model_cfg/text_cfg | hf_tokenizer_name | bert | tokenizer.json",
                "model_cfg/text_cfg | no_causal_mask | true | text_cfg.no_causal_mask",
                "model_cfg/text_cfg | text_arch | modern | text_cfg.text_arch",
                "model_cfg/text_cfg | pool_type | last | text_cfg.pool_type",
                "preprocess_cfg | interpolation | bilinear | interpolation bilinear",
                "preprocess_cfg | resize_mode | longest | resize_mode longest",
                "preprocess_cfg | size | 256 | size 256",
                "preprocess_cfg | mode | L | preprocess_cfg.mode"
            })
    void whatIsNoPlainClipIsRefusedByName(String section, String key, String value, String named) {
        JsonObject json =
                JsonParser.parseString(String.format(Locale.ROOT, B32, "", "")).getAsJsonObject();
        JsonObject target = json;
        for (String name : Splitter.on('/').split(section)) {
            target = target.getAsJsonObject(name);
        }
        target.add(key, JsonParser.parseString(value));
        assertThatThrownBy(() -> openClip(json.toString()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("open_clip_config.json")
                .hasMessageContaining(named);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no_ln_pre",
                "attentional_pool",
                "qk_norm",
                "scale_fc",
                "final_ln_after_pool"
            })
    void towersOfOtherLayersAreRefusedByName(String key) {
        String json =
                String.format(Locale.ROOT, B32, "", "")
                        .replace("\"patch_size\"", "\"" + key + "\": true, \"patch_size\"");
        assertThatThrownBy(() -> openClip(json)).hasMessageContaining("vision_cfg." + key);
    }

    @Test
    void theConfigurationOfTheWeightsFileIsTaken() throws IOException {
        Path own = weights("both/open_clip_model.safetensors", ClipConfig.vitB32());
        Path plain = weights("both/model.safetensors", ClipConfig.vitB32());
        Files.writeString(
                own.resolveSibling("open_clip_config.json"),
                String.format(Locale.ROOT, B32, "", "\"mean\": 0.5"));
        Files.writeString(
                own.resolveSibling("config.json"), ClipConfigFile.json(ClipConfig.vitB32()));
        Files.writeString(
                own.resolveSibling("preprocessor_config.json"), ImageConfig.square(224).toJson());
        assertThat(find(own).config().vision().activation()).isEqualTo(Activation.GELU);
        assertThat(find(own).images().mean()).containsOnly(0.5);
        for (Path quick : List.of(plain, own.getParent())) {
            assertThat(find(quick).config().vision().activation()).isEqualTo(Activation.QUICK_GELU);
            assertThat(find(quick).images()).isEqualTo(ImageConfig.square(224));
        }
        ClipSettings named =
                ClipSettings.find(List.of(own), Optional.of(own.getParent()), Optional.empty());
        assertThat(named.config().vision().activation()).isEqualTo(Activation.QUICK_GELU);
    }

    @Test
    void aFolderOfTimmsIsReadByOpenClipsFiles() throws IOException {
        Path own = weights("timm/open_clip_model.safetensors", ClipConfig.vitB32());
        weights("timm/model.safetensors", ClipConfig.vitL14());
        Files.writeString(
                own.resolveSibling("open_clip_config.json"),
                String.format(Locale.ROOT, B32, "", ""));
        Files.writeString(
                own.resolveSibling("config.json"), "{\"architecture\": \"vit_base_patch32\"}");
        assertThat(ClipSettings.weights(own.getParent())).isEqualTo(own);
        assertThat(find(own.getParent()).config().vision().activation()).isEqualTo(Activation.GELU);
    }

    @Test
    void settingsOfOpenClipAreWrittenAsTransformersReadsThem() throws IOException {
        ClipSettings settings = openClip("", "\"mean\": [0.5, 0.5, 0.5]");
        Path out = folder.resolve("out");
        settings.write(out);
        assertThat(ClipConfigFile.read(out.resolve("config.json"))).isEqualTo(settings.config());
        assertThat(ImageConfig.read(out)).isEqualTo(settings.images());
    }

    @Test
    void nestedSettingsAreCopiedAndWrittenForOlderReaders() throws IOException {
        Path file = weights("five/model.safetensors", ClipConfig.vitB32());
        Files.writeString(
                file.resolveSibling("config.json"), ClipConfigFile.json(ClipConfig.vitB32()));
        Files.writeString(
                file.resolveSibling("processor_config.json"),
                "{\"image_processor\": {\"image_mean\": 0.5}}");
        Path out = folder.resolve("out");
        find(file).write(out);
        assertThat(out.resolve("processor_config.json")).exists();
        assertThat(ImageConfig.read(out.resolve("preprocessor_config.json")).mean())
                .containsOnly(0.5);
    }

    // ---- shapes alone

    @ParameterizedTest
    @ValueSource(strings = {"VIT_B_32", "VIT_L_14", "VIT_H_14"})
    void shapesThatPublishedModelsShareAreRefused(ClipArchitecture shape) throws IOException {
        Path file = weights("somewhere/model.safetensors", shape.config());
        assertThatThrownBy(() -> find(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(shape + " (")
                .hasMessageContaining(shape + "-quickgelu (")
                .hasMessageContaining("--base")
                .hasMessageContaining("--architecture " + shape);
        ClipSettings named = ClipSettings.find(List.of(file), Optional.empty(), Optional.of(shape));
        assertThat(named.config()).isEqualTo(shape.config());
        assertThat(named.assumption()).isEmpty();
        assertThat(named.origin()).contains("as named").contains("gelu");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ICT/model.safetensors",
                "HP/hp_backbone/model.safetensors",
                "models--8y--ICT/snapshots/0/model.safetensors"
            })
    void theReleasedLayoutTells(String name) throws IOException {
        Path file = weights(name, ClipConfig.vitH14());
        Files.createDirectories(folder.resolve("HP/hp_scorer"));
        for (Path path : List.of(file, file.getParent())) {
            ClipSettings found = find(path);
            assertThat(found.config()).isEqualTo(ClipConfig.vitH14());
            assertThat(found.images()).isEqualTo(ImageConfig.square(224));
            assertThat(found.assumption())
                    .isEqualTo(
                            "activation and image settings assumed from the shapes and the released"
                                    + " layout: ViT-H-14, gelu, OpenAI's mean and std");
        }
    }

    @Test
    void theReleasedLayoutTellsNothingOfOtherShapes() throws IOException {
        Path file = weights("ICT/model.safetensors", ClipConfig.vitL14());
        assertThatThrownBy(() -> find(file)).hasMessageContaining("ViT-L-14-laion2b");
    }

    @ParameterizedTest
    @CsvSource({
        "VIT_L_14, ViT-L-14-laion2b",
        "VIT_H_14_QUICKGELU, ViT-H-14-dfn5b",
    })
    void imageSettingsThatPublishedModelsDifferInAreNotAssumed(ClipArchitecture shape, String other)
            throws IOException {
        Path file = weights("m/model.safetensors", shape.config());
        Files.writeString(file.resolveSibling("config.json"), ClipConfigFile.json(shape.config()));
        assertThatThrownBy(() -> find(file))
                .hasMessageContaining("no preprocessor_config.json")
                .hasMessageContaining(other);
    }

    @Test
    void assumedImageSettingsAreSaid() throws IOException {
        Path file = weights("m/model.safetensors", ClipConfig.vitB32());
        Files.writeString(
                file.resolveSibling("config.json"), ClipConfigFile.json(ClipConfig.vitB32()));
        assertThat(find(file).assumption())
                .isEqualTo(
                        "image settings assumed, no preprocessor_config.json was found: OpenAI's"
                                + " mean and std");
        assertThat(ClipSettings.stated(List.of(file))).isEmpty();
    }

    @Test
    void aConfigurationOfAnotherLibraryIsRefused() throws IOException {
        Path file = weights("t/model.safetensors", ClipConfig.vitB32());
        Files.writeString(file.resolveSibling("config.json"), "{\"architecture\": \"vit\"}");
        assertThatThrownBy(() -> find(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no configuration of a CLIP model")
                .hasMessageContaining("[architecture]");
        Files.writeString(file.resolveSibling("config.json"), "{\"model_type\": \"siglip\"}");
        assertThatThrownBy(() -> find(file)).hasMessageContaining("got siglip");
    }

    @Test
    void namesOfArchitecturesAreOpenClips() {
        for (ClipArchitecture architecture : ClipArchitecture.values()) {
            assertThat(ClipArchitecture.of(architecture.toString())).isEqualTo(architecture);
        }
        assertThatThrownBy(() -> ClipArchitecture.of("ViT-B-33"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ViT-B-32-quickgelu")
                .hasMessageContaining("got 'ViT-B-33'");
    }
}
