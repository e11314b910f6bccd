package io.github.icthp.blip;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import com.google.common.hash.Hashing;
import com.google.common.primitives.Longs;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.clip.Activation;
import io.github.icthp.clip.EncoderConfig;
import io.github.icthp.image.ImageProcessor;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Image-text matching and contrast: every case, in both layouts. */
class BlipParityTest {

    private static final String AREA = "scorers/blip_itm";

    @TestFactory
    Stream<DynamicTest> everyCase() {
        return Golden.cases(AREA).stream()
                .map(Case::new)
                .flatMap(
                        test ->
                                Stream.of(
                                        test.named("pixels", test::pixels),
                                        test.named("tokens", test::tokens),
                                        test.named("values", test::values),
                                        test.named("authors' layout", test::original),
                                        test.named("trace", test::trace),
                                        test.named("bfloat16", test::bfloat16),
                                        test.named("positions", test::positions)));
    }

    private static final class Case {

        private final ScorerCase files;
        private final BlipConfig config;

        Case(Path folder) {
            this.files = new ScorerCase(folder);
            this.config = BlipConfigFile.read(folder.resolve("config.json"));
        }

        DynamicTest named(String part, org.junit.jupiter.api.function.Executable body) {
            return DynamicTest.dynamicTest(files.folder.getFileName() + " " + part, body);
        }

        private BlipMatcher load(DType type, BlipModel.Use use) {
            try (Weights weights = Weights.open(files.file("model.safetensors"))) {
                return BlipMatcher.load(weights, config, Devices.tested(), type, use);
            }
        }

        private Path originalFile(String name) {
            return files.file("original").resolve(name);
        }

        private BlipConfig originalConfig(Weights weights) {
            BlipConfig text =
                    BlipConfigFile.readText(
                            originalFile("med_config.json"), BlipConfig.retrievalBase());
            return BlipConfigFile.readVision(originalFile("vision.json"), text)
                    .withProjectionOf(weights);
        }

        private BlipMatcher loadOriginal() {
            Path file = originalFile("model_base_retrieval_coco.pth");
            try (Weights weights = Weights.open(file)) {
                assertThat(BlipKeys.isOriginal(weights)).isTrue();
                return BlipMatcher.load(
                        weights,
                        originalConfig(weights),
                        Devices.tested(),
                        DType.FLOAT32,
                        BlipModel.Use.GRADIENTS);
            }
        }

        private NDArray filePixels() {
            ImageProcessor processor = BlipMatcher.imageProcessor(config);
            return ScorerCase.pixels(processor, files.files("images"));
        }

        private NDArray tensorPixels(BlipMatcher matcher) {
            return files.files("images").stream()
                    .map(file -> matcher.prepare(ScorerCase.unit(file)))
                    .reduce(NDArray::concat)
                    .orElseThrow();
        }

        void pixels() {
            assertThat(BlipMatcher.imageProcessor(config).config().height())
                    .isEqualTo(files.json.get("image_size").getAsInt());
            TensorScope scope = ScorerCase.scope();
            try (scope;
                    Expected inputs = Expected.open(files.file("inputs.safetensors"))) {
                NDArray pixels = filePixels();
                List<JsonElement> hashes =
                        files.json.getAsJsonArray("pixel_values_sha256_float32_le_chw").asList();
                for (int i = 0; i < hashes.size(); i++) {
                    byte[] bytes = Tensors.toBytes(pixels.get(i)).array();
                    assertThat(Hashing.sha256().hashBytes(bytes).toString())
                            .as("picture %s", i)
                            .isEqualTo(hashes.get(i).getAsString());
                }
                for (String name : inputs.names()) {
                    if (name.startsWith("pixel_values_rows_")) {
                        inputs.assertClose(name, pixels.get(":,:,184:200,184:200"), 3e-6);
                    } else if (name.equals("pixel_values")) {
                        inputs.assertClose(name, pixels, 3e-6);
                    } else if (name.equals("tensor_path.pixel_values")) {
                        try (BlipMatcher matcher = load(DType.FLOAT32, BlipModel.Use.GRADIENTS)) {
                            inputs.assertClose(name, tensorPixels(matcher).get("0:2"), 2e-5);
                        }
                    }
                }
            }
        }

        void tokens() {
            try (BertTokenizer tokenizer = files.tokenizer();
                    Expected inputs = Expected.open(files.file("inputs.safetensors"))) {
                BertTokens own =
                        tokenizer.tokenize(files.strings("prompts"), BlipModel.TEXT_LENGTH);
                assertThat(own.ids()).isDeepEqualTo(inputs.rows("input_ids"));
                assertThat(own.startingWith(tokenizer.id("[ENC]")).ids())
                        .isDeepEqualTo(inputs.rows("enc_input_ids"));
                BertTokens masked = ScorerCase.tokens(inputs, "input_ids");
                for (int n = 0; n < own.size(); n++) {
                    assertThat(own.length(n)).isEqualTo(masked.length(n));
                }
            }
        }

        void values() {
            for (BlipModel.Use use : BlipModel.Use.values()) {
                TensorScope scope = ScorerCase.scope();
                try (scope;
                        BlipMatcher matcher = load(DType.FLOAT32, use);
                        BlipMatcher authors = loadOriginal();
                        Expected inputs = Expected.open(files.file("inputs.safetensors"))) {
                    ScorerCase.Found found = new ScorerCase.Found();
                    BertTokens texts = ScorerCase.tokens(inputs, "input_ids");
                    BertTokens enc = ScorerCase.tokens(inputs, "enc_input_ids");
                    BertTokens bare = ScorerCase.unmasked(inputs, "input_ids");
                    NDArray pixels = filePixels();
                    put(found, "", matcher, pixels, texts);
                    put(found, "enc_start.", matcher, pixels, enc);
                    put(found, "no_mask.", matcher, pixels, bare);
                    put(found, "tensor_path.", matcher, tensorPixels(matcher), texts);
                    put(found, "eps_1e-6.", authors, pixels, texts);
                    if (use == BlipModel.Use.SCORING) {
                        try (BlipMatcher other = load(DType.FLOAT32, BlipModel.Use.GRADIENTS)) {
                            gradients(found, other, texts.select(0));
                        }
                    } else {
                        gradients(found, matcher, texts.select(0));
                    }
                    files.assertAll(found, "tolerances", "expected.safetensors");
                }
            }
        }

        private static void put(
                ScorerCase.Found found,
                String prefix,
                BlipMatcher matcher,
                NDArray pixels,
                BertTokens texts) {
            int count = (int) pixels.getShape().get(0);
            NDArray images = matcher.model().encodeImages(pixels);
            NDArray logits =
                    matcher.logits(
                            images,
                            ScorerCase.repeated(texts, count),
                            ScorerCase.grid(count, texts.size()));
            NDArray imageFeatures = matcher.imageFeatures(images);
            NDArray textFeatures = matcher.textFeatures(texts);
            found.put(prefix + "itm_logits", logits);
            found.put(prefix + "itm_probability", BlipMatcher.probability(logits));
            found.put(prefix + "itc_cosine", imageFeatures.matMul(textFeatures.transpose()));
            found.put(prefix + "image_feature", imageFeatures);
            found.put(prefix + "text_feature", textFeatures);
        }

        private void gradients(ScorerCase.Found found, BlipMatcher matcher, BertTokens prompt) {
            List<Path> pictures = files.files("gradient_images");
            float[] logits = new float[2 * pictures.size()];
            float[] probabilities = new float[pictures.size()];
            float[] cosines = new float[pictures.size()];
            for (int i = 0; i < pictures.size(); i++) {
                NDArray leaf = Autograd.leaf(ScorerCase.unit(pictures.get(i)));
                NDArray images = matcher.model().encodeImages(matcher.prepare(leaf));
                NDArray pair = matcher.logits(images, prompt, 0);
                NDArray probability = BlipMatcher.probability(pair);
                System.arraycopy(Tensors.toFloats(pair), 0, logits, 2 * i, 2);
                probabilities[i] = Tensors.toFloats(probability)[0];
                found.put("grad." + i + ".itm_probability", gradient(probability, leaf));
                images = matcher.model().encodeImages(matcher.prepare(leaf));
                NDArray margin = BlipMatcher.margin(matcher.logits(images, prompt, 0));
                found.put("grad." + i + ".itm_margin", gradient(margin, leaf));
                images = matcher.model().encodeImages(matcher.prepare(leaf));
                NDArray cosine =
                        BlipMatcher.cosine(
                                matcher.imageFeatures(images), matcher.textFeatures(prompt));
                cosines[i] = Tensors.toFloats(cosine)[0];
                found.put("grad." + i + ".itc_cosine", gradient(cosine, leaf));
            }
            found.put("gradient_itm_logits", logits);
            found.put("gradient_itm_probability", probabilities);
            found.put("gradient_itc_cosine", cosines);
        }

        private static NDArray gradient(NDArray score, NDArray leaf) {
            return Autograd.gradients(score, score.onesLike(), List.of(leaf)).get(0).orElseThrow();
        }

        /** The same values under the authors' names; only the vision norms' epsilon differs. */
        void original() {
            JsonObject mapping = Golden.json(originalFile("key_mapping.json"));
            try (Weights plain = Weights.open(files.file("model.safetensors"));
                    Weights authors =
                            BlipKeys.toHuggingFace(
                                    Weights.open(originalFile("model_base_retrieval_coco.pth")))) {
                assertThat(authors.names())
                        .containsExactlyInAnyOrderElementsOf(mapping.keySet())
                        .containsExactlyInAnyOrderElementsOf(plain.names());
                for (String name : plain.names()) {
                    assertThat(authors.data(name)).as(name).isEqualTo(plain.data(name));
                }
                BlipConfig own = originalConfig(authors);
                assertThat(own.vision().layerNormEps()).isEqualTo(1e-6);
                assertThat(own.projection()).isEqualTo(config.projection());
                assertThat(own.text()).isEqualTo(config.text());
            }
        }

        void trace() {
            if (!Files.exists(files.file("trace.safetensors"))) {
                return;
            }
            TensorScope scope = ScorerCase.scope();
            try (scope;
                    BlipMatcher matcher = load(DType.FLOAT32, BlipModel.Use.GRADIENTS);
                    Expected inputs = Expected.open(files.file("inputs.safetensors"))) {
                BertTokens text = ScorerCase.unmasked(inputs, "input_ids").select(0);
                int length = ScorerCase.tokens(inputs, "input_ids").length(0);
                ScorerCase.Found found =
                        Traces.of(
                                matcher.model(),
                                inputs.get("pixel_values").get("0:1"),
                                text,
                                length);
                files.assertAll(found, "trace_tolerances", "trace.safetensors");
            }
        }

        void bfloat16() {
            for (BlipModel.Use use : BlipModel.Use.values()) {
                TensorScope scope = ScorerCase.scope();
                try (scope;
                        BlipMatcher matcher = load(DType.BFLOAT16, use);
                        Expected inputs = Expected.open(files.file("inputs.safetensors"))) {
                    ScorerCase.Found found = new ScorerCase.Found();
                    BertTokens texts = ScorerCase.tokens(inputs, "input_ids");
                    put(found, "", matcher, filePixels(), texts);
                    files.assertBfloat16(found);
                }
            }
        }

        void positions() {
            Path grown = files.file("pos_embed_interpolated.safetensors");
            if (!Files.exists(grown)) {
                return;
            }
            TensorScope scope = ScorerCase.scope();
            try (scope;
                    Expected expected = Expected.open(grown);
                    Expected stored = Expected.open(files.file("model.safetensors"))) {
                assertThat(expected.names()).isNotEmpty();
                NDArray table = stored.get("vision_model.embeddings.position_embedding");
                for (String name : expected.names()) {
                    int side = Integer.parseInt(name.replaceAll(".*x(\\d+)$", "$1"));
                    BlipConfig larger = config.withImageSize(side * config.patchSize());
                    expected.assertClose(name, BlipVision.resizePositions(table, larger), 2e-5);
                    try (Weights weights = Weights.open(files.file("model.safetensors"));
                            BlipMatcher matcher =
                                    BlipMatcher.load(
                                            weights,
                                            larger,
                                            Devices.tested(),
                                            DType.BFLOAT16,
                                            BlipModel.Use.SCORING)) {
                        NDArray pixels = matcher.prepare(Tensors.of(new float[300], 1, 3, 10, 10));
                        assertThat(matcher.model().encodeImages(pixels).getShape())
                                .isEqualTo(
                                        new Shape(
                                                1, larger.imageTokens(), larger.vision().width()));
                    }
                }
            }
        }
    }

    /** Names and shapes of the released networks, without weights, in every layout. */
    @TestFactory
    Stream<DynamicTest> architectures() {
        JsonObject all = Golden.json(Golden.facts(AREA + "/architectures.json"));
        assertThat(all.keySet()).isNotEmpty();
        return all.keySet().stream()
                .flatMap(
                        name ->
                                Stream.of("original_names", "huggingface_names")
                                        .filter(all.getAsJsonObject(name)::has)
                                        .map(
                                                layout ->
                                                        DynamicTest.dynamicTest(
                                                                name + " " + layout,
                                                                () ->
                                                                        architecture(
                                                                                all.getAsJsonObject(
                                                                                        name),
                                                                                layout))));
    }

    private static void architecture(JsonObject json, String layout) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        shapes.putAll(shapes(json.getAsJsonObject(layout)));
        long parameters = shapes.values().stream().mapToLong(Shape::size).sum();
        assertThat(shapes).hasSize(json.get("tensors").getAsInt());
        assertThat(parameters).isEqualTo(json.get("parameters").getAsLong());
        if (layout.startsWith("original")) {
            shapes.putAll(shapes(json.getAsJsonObject("integer_buffers")));
        }
        boolean reward = shapes.keySet().stream().anyMatch(name -> name.startsWith("mlp."));
        BlipConfig config = preset(json);
        try (NDManager owner = Torch.manager(Device.cpu())) {
            Map<String, Shape> plain = new LinkedHashMap<>();
            shapes.forEach(
                    (name, shape) ->
                            Optional.of(name)
                                    .flatMap(BlipKeys::huggingFace)
                                    .ifPresent(other -> plain.put(other, shape)));
            Parameters declared = Parameters.check(plain, "architecture", owner);
            BlipPart.Loading check = BlipPart.Loading.names(owner);
            BlipModel model = BlipModel.declared(config, declared, check);
            if (reward) {
                declared.ignore("mlp.").ignore("vision_proj.").ignore("text_proj.").finish();
            } else {
                assertThat(new BlipMatcher(model, declared, owner)).isNotNull();
            }
        }
    }

    private static Map<String, Shape> shapes(JsonObject json) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        json.entrySet()
                .forEach(
                        entry ->
                                shapes.put(
                                        entry.getKey(),
                                        new Shape(
                                                Longs.toArray(
                                                        entry
                                                                .getValue()
                                                                .getAsJsonArray()
                                                                .asList()
                                                                .stream()
                                                                .map(JsonElement::getAsLong)
                                                                .toList()))));
        return shapes;
    }

    /** The preset of a network, which must be what the facts say. */
    private static BlipConfig preset(JsonObject json) {
        JsonObject vision = json.getAsJsonObject("vision");
        JsonObject text = json.getAsJsonObject("text");
        int width = vision.get("width").getAsInt();
        int side = json.get("image_size").getAsInt();
        BlipConfig preset =
                width == 768
                        ? BlipConfig.retrievalBase()
                        : side == 384 ? BlipConfig.retrievalLarge() : BlipConfig.imageReward();
        assertThat(preset.vision())
                .isEqualTo(
                        new EncoderConfig(
                                width,
                                4 * width,
                                vision.get("layers").getAsInt(),
                                vision.get("heads").getAsInt(),
                                Activation.GELU,
                                1e-6));
        assertThat(preset.text())
                .isEqualTo(
                        new EncoderConfig(
                                text.get("width").getAsInt(),
                                text.get("intermediate").getAsInt(),
                                text.get("layers").getAsInt(),
                                text.get("heads").getAsInt(),
                                Activation.GELU,
                                1e-12));
        assertThat(preset.imageSize()).isEqualTo(side);
        assertThat(preset.patchSize()).isEqualTo(json.get("patch_size").getAsInt());
        return preset;
    }
}
