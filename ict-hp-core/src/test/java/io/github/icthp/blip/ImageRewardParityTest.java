package io.github.icthp.blip;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;

import io.github.icthp.image.ImageProcessor;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.TensorReader;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

class ImageRewardParityTest {

    /** The numbers in the names of the head's layers. */
    private static final int[] HEAD = {0, 2, 4, 6, 7};

    @TestFactory
    Stream<DynamicTest> everyCase() {
        return Golden.cases("scorers/image_reward").stream()
                .map(Case::new)
                .flatMap(
                        test ->
                                Stream.of(
                                        test.named("pixels", test::pixels),
                                        test.named("values", test::values),
                                        test.named("rank", test::rank),
                                        test.named("trace", test::trace),
                                        test.named("bfloat16", test::bfloat16)));
    }

    private static final class Case {

        private final ScorerCase files;
        private final BlipConfig config;
        private final ImageProcessor processor;

        Case(Path folder) {
            this.files = new ScorerCase(folder);
            this.config =
                    BlipConfigFile.readVision(
                            files.file("vision.json"),
                            BlipConfigFile.readText(
                                    files.file("med_config.json"), BlipConfig.imageReward()));
            this.processor = ImageRewardModel.imageProcessor(config);
        }

        DynamicTest named(String part, org.junit.jupiter.api.function.Executable body) {
            return DynamicTest.dynamicTest(files.folder.getFileName() + " " + part, body);
        }

        private ImageRewardModel load(DType type, BlipModel.Use use) {
            try (Weights weights = Weights.open(files.file("ImageReward.pt"))) {
                assertThat(BlipKeys.isImageReward(weights)).isTrue();
                return ImageRewardModel.load(weights, config, Devices.tested(), type, use);
            }
        }

        private Map<String, JsonElement> modes() {
            return files.json.getAsJsonObject("mode_images").asMap();
        }

        private NDArray mode(JsonElement file) {
            Path path = files.scorers().resolve(file.getAsString());
            return ScorerCase.pixels(processor, List.of(path));
        }

        void pixels() {
            TensorScope scope = ScorerCase.scope();
            try (scope;
                    Expected inputs = Expected.open(files.file("inputs.safetensors"))) {
                NDArray pixels = ScorerCase.pixels(processor, files.files("images"));
                inputs.assertClose("pixel_values", pixels, 3e-6);
                try (ImageRewardModel model = load(DType.FLOAT32, BlipModel.Use.GRADIENTS)) {
                    NDArray first = tensorPixels(model).get("0:2");
                    inputs.assertClose("tensor_path.pixel_values", first, 2e-5);
                }
                assertThat(modes()).isNotEmpty();
                modes().forEach(
                                (mode, file) ->
                                        inputs.assertClose(
                                                "mode." + mode + ".pixel_values",
                                                mode(file).squeeze(0),
                                                3e-6));
            }
        }

        void values() {
            for (BlipModel.Use use : BlipModel.Use.values()) {
                TensorScope scope = ScorerCase.scope();
                try (scope;
                        ImageRewardModel model = load(DType.FLOAT32, use);
                        ImageRewardModel differentiable =
                                load(DType.FLOAT32, BlipModel.Use.GRADIENTS);
                        Expected inputs = Expected.open(files.file("inputs.safetensors"))) {
                    ScorerCase.Found found = new ScorerCase.Found();
                    BertTokens texts = ScorerCase.tokens(inputs, "input_ids");
                    BertTokens bare = ScorerCase.unmasked(inputs, "input_ids");
                    NDArray pixels = ScorerCase.pixels(processor, files.files("images"));
                    put(found, model, pixels, texts);
                    found.put("no_mask.reward", rewards(model, pixels, bare));
                    found.put("tensor_path.reward", rewards(model, tensorPixels(model), texts));
                    modes().forEach(
                                    (mode, file) ->
                                            found.put(
                                                    "mode." + mode + ".reward",
                                                    rewards(model, mode(file), texts.select(0))));
                    gradients(found, differentiable, texts.select(0));
                    files.assertAll(found, "tolerances", "expected.safetensors");
                }
            }
        }

        private static void put(
                ScorerCase.Found found, ImageRewardModel model, NDArray pixels, BertTokens texts) {
            int count = (int) pixels.getShape().get(0);
            NDArray cls =
                    model.model()
                            .readPairs(
                                    model.model().encodeImages(pixels),
                                    ScorerCase.repeated(texts, count),
                                    ScorerCase.grid(count, texts.size()));
            NDArray raw = model.raw(cls);
            found.put("cls", cls);
            found.put("raw", raw);
            found.put("reward", ImageRewardModel.standardize(raw));
        }

        private static NDArray rewards(ImageRewardModel model, NDArray pixels, BertTokens texts) {
            int count = (int) pixels.getShape().get(0);
            return model.score(
                    model.model().encodeImages(pixels),
                    ScorerCase.repeated(texts, count),
                    ScorerCase.grid(count, texts.size()));
        }

        private NDArray tensorPixels(ImageRewardModel model) {
            return files.files("images").stream()
                    .map(file -> model.prepare(ScorerCase.unit(file)))
                    .reduce(NDArray::concat)
                    .orElseThrow();
        }

        private void gradients(ScorerCase.Found found, ImageRewardModel model, BertTokens prompt) {
            List<Path> pictures = files.files("gradient_images");
            for (int i = 0; i < pictures.size(); i++) {
                NDArray leaf = Autograd.leaf(ScorerCase.unit(pictures.get(i)));
                NDArray images = model.model().encodeImages(model.prepare(leaf));
                NDArray reward = model.score(images, prompt, 0);
                found.put("gradient_reward." + i, reward);
                NDArray gradient =
                        Autograd.gradients(reward, reward.onesLike(), List.of(leaf))
                                .get(0)
                                .orElseThrow();
                found.put("grad." + i + ".reward", gradient);
            }
        }

        /** The tokenizer, the model and nothing from the case but pictures and prompts. */
        void rank() {
            TensorScope scope = ScorerCase.scope();
            try (scope;
                    ImageRewardModel model = load(DType.FLOAT32, BlipModel.Use.SCORING);
                    BertTokenizer tokenizer = files.tokenizer()) {
                BertTokens texts =
                        tokenizer.tokenize(files.strings("prompts"), BlipModel.TEXT_LENGTH);
                NDArray pixels = ScorerCase.pixels(processor, files.files("images"));
                float[] rewards = Tensors.toFloats(rewards(model, pixels, texts));
                JsonArray ranks = files.json.getAsJsonArray("rank");
                for (int i = 0; i < ranks.size(); i++) {
                    for (int p = 0; p < texts.size(); p++) {
                        int better = 1;
                        for (int other = 0; other < ranks.size(); other++) {
                            boolean above =
                                    rewards[other * texts.size() + p]
                                            > rewards[i * texts.size() + p];
                            better += above ? 1 : 0;
                        }
                        assertThat(better)
                                .as("picture %s, prompt %s", i, p)
                                .isEqualTo(ranks.get(i).getAsJsonArray().get(p).getAsInt());
                    }
                }
            }
        }

        void trace() {
            if (!Files.exists(files.file("trace.safetensors"))) {
                return;
            }
            TensorScope scope = ScorerCase.scope();
            try (scope;
                    ImageRewardModel model = load(DType.FLOAT32, BlipModel.Use.GRADIENTS);
                    Expected inputs = Expected.open(files.file("inputs.safetensors"));
                    Weights weights = Weights.open(files.file("ImageReward.pt"))) {
                BertTokens text = ScorerCase.unmasked(inputs, "input_ids").select(0);
                int length = ScorerCase.tokens(inputs, "input_ids").length(0);
                NDArray pixels = inputs.get("pixel_values").get("0:1");
                ScorerCase.Found found = Traces.of(model.model(), pixels, text, length);
                NDArray images = model.model().encodeImages(pixels);
                BertTokens masked = ScorerCase.tokens(inputs, "input_ids").select(0);
                NDArray x = model.model().readPairs(images, masked, 0);
                for (int layer : HEAD) {
                    x = headLayer(weights, layer, x);
                    found.put("mlp.layers." + layer, x);
                }
                files.assertAll(found, "trace_tolerances", "trace.safetensors");
            }
        }

        private static NDArray headLayer(Weights weights, int layer, NDArray x) {
            String name = "mlp.layers." + layer;
            NDArray weight = TensorReader.read(weights, name + ".weight");
            return x.matMul(weight.transpose()).add(TensorReader.read(weights, name + ".bias"));
        }

        void bfloat16() {
            for (BlipModel.Use use : BlipModel.Use.values()) {
                TensorScope scope = ScorerCase.scope();
                try (scope;
                        ImageRewardModel model = load(DType.BFLOAT16, use);
                        Expected inputs = Expected.open(files.file("inputs.safetensors"))) {
                    ScorerCase.Found found = new ScorerCase.Found();
                    NDArray pixels = ScorerCase.pixels(processor, files.files("images"));
                    put(found, model, pixels, ScorerCase.tokens(inputs, "input_ids"));
                    files.assertBfloat16(found);
                }
            }
        }
    }
}
