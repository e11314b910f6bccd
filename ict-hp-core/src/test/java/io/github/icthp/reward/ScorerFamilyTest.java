package io.github.icthp.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.ImageSource;
import io.github.icthp.PixelRewards;
import io.github.icthp.Precision;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardModelBuilder;
import io.github.icthp.RewardScore;
import io.github.icthp.ScoreProvenance;
import io.github.icthp.image.ImageConfig;
import io.github.icthp.image.ImageProcessor;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.SafetensorsWriter;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What all scorers share: bad input is a sentence, and scores of different ones do not mix. */
class ScorerFamilyTest {

    @TempDir static Path temporary;

    private static Path pickScore;
    private static Path hps;
    private static Path clip;
    private static Path head;
    private static Path itm;
    private static Path imageReward;
    private static Path bert;

    enum Scorer {
        CLIP,
        PICK_SCORE,
        HPS,
        AESTHETIC,
        ITM,
        IMAGE_REWARD;

        RewardModelBuilder builder() {
            return switch (this) {
                case CLIP -> RewardModel.clip().weights(clip);
                case PICK_SCORE -> RewardModel.pickScore().weights(pickScore);
                case HPS -> RewardModel.hps().weights(hps);
                case AESTHETIC -> RewardModel.aesthetic().weights(clip).head(head);
                case ITM -> RewardModel.itm().weights(itm).base(bert);
                case IMAGE_REWARD -> RewardModel.imageReward().weights(imageReward).base(bert);
            };
        }
    }

    @BeforeAll
    static void unpack() {
        pickScore = sample("pickscore/small");
        Golden.unpack(Golden.sample("tokenizer/small"), pickScore);
        hps = sample("hps/v2_like").resolve("HPS_v2.1_compressed.pt");
        Path aesthetic = sample("aesthetic/tiny");
        Golden.unpack(Golden.sample("tokenizer/small"), aesthetic);
        clip = aesthetic.resolve("model.safetensors");
        head = aesthetic.resolve("sac+logos+ava1-l14-linearMSE.pth");
        itm = Golden.sample("scorers/blip_itm/small").resolve("model.safetensors");
        imageReward = Golden.sample("scorers/image_reward/tiny").resolve("ImageReward.pt");
        bert = Golden.sample("scorers/bert_tokenizer/small");
    }

    private static Path sample(String name) {
        return Golden.unpack(Golden.sample("scorers/" + name), temporary.resolve(name));
    }

    private static void assertRefused(RewardModelBuilder builder, String... words) {
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(words);
    }

    @Test
    void anotherScorersCheckpointIsNamed() {
        assertRefused(RewardModel.hps().weights(pickScore), "RewardModel of HPS", "PickScore");
        assertRefused(RewardModel.pickScore().weights(hps), "RewardModel of PickScore", "HPS v2");
        assertRefused(RewardModel.itm().weights(clip).base(bert), "ITM", "is a CLIP model");
        assertRefused(RewardModel.itm().weights(imageReward).base(bert), "is ImageReward");
        assertRefused(RewardModel.imageReward().weights(itm).base(bert), "BLIP matching model");
        assertRefused(RewardModel.imageReward().weights(hps).base(bert), "open_clip's names");
        assertRefused(RewardModel.clip().weights(itm), "RewardModel of CLIP", "BLIP");
        assertRefused(RewardModel.clip().weights(head), "without a backbone");
        assertRefused(RewardModel.aesthetic().weights(head).head(head), "without a backbone");
        assertRefused(RewardModel.aesthetic().weights(clip).head(clip), "expected a head");
        assertRefused(RewardModel.aesthetic().weights(hps).head(head), "expects features of width");
        assertRefused(RewardModel.itm().weights(itm), "bert-base-uncased", "base");
    }

    /** Weights of one layout and shape: only the names around them say whose they are. */
    @Test
    void namesTellHpsFromPickScore() throws IOException {
        Path named = placed(pickScore, "by-folder/HPS-v2.1-hf", "pytorch_model.bin");
        assertRefused(RewardModel.pickScore().weights(named), "folder name 'HPS-v2.1-hf'", "HPS's");
        Path file = placed(pickScore, "by-file", "hpsv2.bin").resolve("hpsv2.bin");
        assertRefused(RewardModel.pickScore().weights(file), "file name 'hpsv2.bin'", "HPS's");
        Path saved = placed(pickScore, "by-config", "pytorch_model.bin");
        Path config = saved.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config)
                        .replaceFirst("\\{", "{\"_name_or_path\": \"someone/hps-hf\","));
        assertRefused(RewardModel.pickScore().weights(saved), "_name_or_path of ", "HPS's");
        Path settings = placed(pickScore, "by-settings", "pytorch_model.bin");
        Path images = settings.resolve("preprocessor_config.json");
        Files.writeString(
                images,
                Files.readString(images)
                        .replace("\"shortest_edge\": 32", "\"height\": 32, \"width\": 32"));
        assertRefused(RewardModel.pickScore().weights(settings), "another model's", "Exact");
    }

    @Test
    void namesTellPickScoreFromHps() throws IOException {
        Path file = placed(hps.getParent(), "open", "PickScore_v1.pt").resolve("PickScore_v1.pt");
        assertRefused(
                RewardModel.hps().weights(file), "file name 'PickScore_v1.pt'", "PickScore's");
        Path folder = placed(hps.getParent(), "open/pick-score", "model.pt");
        assertRefused(RewardModel.hps().weights(folder), "folder name 'pick-score'", "PickScore's");
        Path hub =
                placed(
                        hps.getParent(),
                        "models--yuvalkirstain--PickScore_v1/snapshots/1",
                        "model.pt");
        assertRefused(RewardModel.hps().weights(hub), "models--yuvalkirstain--PickScore_v1");
    }

    @Test
    void whatNoNameTellsIsTakenOnTrust() throws IOException {
        Path unnamed = placed(hps.getParent(), "plain", "model.pt");
        for (RewardModelBuilder builder :
                List.of(
                        RewardModel.pickScore().weights(pickScore),
                        RewardModel.hps().weights(unnamed))) {
            assertThat(score(builder).provenance().assumption()).contains("taken on trust");
        }
        Path own = placed(pickScore, "PickScore_v1", "pytorch_model.bin");
        for (RewardModelBuilder builder :
                List.of(RewardModel.pickScore().weights(own), RewardModel.hps().weights(hps))) {
            assertThat(score(builder).provenance().assumption()).doesNotContain("trust");
        }
    }

    /** Copies a scorer's folder, its weights under another name. */
    private static Path placed(Path from, String to, String weights) throws IOException {
        Path folder = Files.createDirectories(temporary.resolve("placed").resolve(to));
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = file.getFileName().toString();
                if (name.equals("pytorch_model.bin") || name.equals("HPS_v2.1_compressed.pt")) {
                    Files.copy(file, folder.resolve(weights));
                } else if (name.endsWith(".json") || name.endsWith(".txt")) {
                    Files.copy(file, folder.resolve(name));
                }
            }
        }
        return folder;
    }

    @Test
    void veryWideOrTallPixelsAreRefusedBeforeTheyAreResized() {
        for (Scorer scorer : List.of(Scorer.CLIP, Scorer.AESTHETIC, Scorer.IMAGE_REWARD)) {
            TensorScope scope = TensorScope.open(Device.cpu());
            try (scope;
                    RewardModel model = RewardParity.open(scorer.builder())) {
                for (long[] sides : List.of(new long[] {1, 257}, new long[] {514, 2})) {
                    NDArray pixels =
                            Tensors.of(
                                    new float[(int) (3 * sides[0] * sides[1])],
                                    1,
                                    3,
                                    sides[0],
                                    sides[1]);
                    assertThatThrownBy(() -> model.differentiable().reward(pixels, List.of("")))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContainingAll(
                                    "height " + sides[0] + " and width " + sides[1],
                                    "at most 256 times");
                }
                NDArray widest = Tensors.of(new float[3 * 256], 1, 3, 1, 256);
                assertThat(Tensors.isFinite(model.differentiable().reward(widest, List.of(""))))
                        .isTrue();
            }
        }
    }

    @Test
    void imageSettingsOfAnotherModelBesideItmAreRefused() throws IOException {
        Path folder = Files.createDirectories(temporary.resolve("itm-settings"));
        for (String name :
                List.of("model.safetensors", "config.json", "preprocessor_config.json")) {
            Files.copy(itm.resolveSibling(name), folder.resolve(name));
        }
        RewardModelBuilder model = RewardModel.itm().weights(folder).base(bert);
        assertThat(score(model).value()).isBetween(0.0, 1.0);
        Path file = folder.resolve("preprocessor_config.json");
        String own = Files.readString(file);
        Files.writeString(file, own.replace(": 48", ": 384").replace("0.4578275", "0.5"));
        assertRefused(
                model, file.toString(), "\"height\":384", "a side of 48", "image_mean", "0.5");
        Files.writeString(file, own.replace("0.26130258", "1").replace(": 3,", ": 2,"));
        assertRefused(model, "resample 2", "image_std");
        Files.writeString(file, own.replace("BlipImageProcessor", "CLIPImageProcessor"));
        assertRefused(model, "image_processor_type \"CLIPImageProcessor\"");
    }

    @Test
    void aHeadWithActivationsIsRefused() throws IOException {
        Path relu = temporary.resolve("relu.safetensors");
        TensorScope.run(
                Device.cpu(),
                () -> {
                    NDArray one = Tensors.of(new float[1], 1, 1);
                    SafetensorsWriter.write(
                            relu, Map.of("layers.0.weight", one, "layers.3.weight", one), Map.of());
                });
        assertRefused(RewardModel.aesthetic().weights(clip).head(relu), "ReLU");
        try (Weights weights = Weights.open(relu)) {
            assertThat(Checkpoint.of(weights)).isEqualTo(Checkpoint.RELU_HEAD);
        }
    }

    @Test
    void aHeadAloneMissesItsBackbone() {
        assertThatThrownBy(RewardModel.aesthetic().head(head)::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(".weights(path)");
    }

    /** A picture of one pixel, a very wide one, no prompt and one beyond the limit are scored. */
    @ParameterizedTest
    @EnumSource
    void oddInputIsScored(Scorer scorer) {
        try (RewardModel model = RewardParity.open(scorer.builder())) {
            int limit = model.provenance().textLength();
            String endless = "a lantern ".repeat(limit + 1);
            List<PromptImage> pairs =
                    Stream.of("", "a red ball", endless, endless + "of another color")
                            .flatMap(
                                    prompt ->
                                            Stream.of(picture(1, 1), picture(3000, 2))
                                                    .map(image -> new PromptImage(prompt, image)))
                            .toList();
            List<RewardScore> scores = model.scoreAll(pairs.stream()).toList();
            assertThat(scores).allSatisfy(score -> assertThat(score.value()).isFinite());
            int more = model.unreadTokens(endless + "a lantern ") - model.unreadTokens(endless);
            assertThat(model.unreadTokens("")).isZero();
            // Start and end tokens are among those that are read.
            assertThat(model.unreadTokens(endless))
                    .isEqualTo(limit == 0 ? 0 : more * (limit + 1) + 2 - limit);
            // What lies beyond the limit is cut, as the references cut it.
            assertThat(scores.get(4).value())
                    .isCloseTo(scores.get(6).value(), org.assertj.core.api.Assertions.within(1e-5));
            TensorScope.run(
                    Device.cpu(),
                    () -> {
                        NDArray pixel = Tensors.of(new float[] {0.1f, 0.5f, 0.9f}, 1, 3, 1, 1);
                        NDArray gradient =
                                model.differentiable()
                                        .checked("one pixel")
                                        .gradient(pixel, List.of(""))
                                        .gradient();
                        assertThat(Tensors.isFinite(gradient)).isTrue();
                    });
        }
    }

    private static ImageSource picture(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int x = 0; x < width; x++) {
            image.setRGB(x, 0, 0x010305 * (x % 50));
        }
        return ImageSource.of(width + " x " + height, image);
    }

    @Test
    void scoresOfDifferentConventionsDoNotMix() {
        RewardScore cosine = score(RewardModel.clip().weights(clip));
        RewardScore hundred = score(RewardModel.clip(ScoreScale.CLIP_SCORE_100).weights(clip));
        RewardScore smooth = score(RewardModel.hps().weights(hps));
        RewardScore rough = score(RewardModel.hps(HpsResize.NO_ANTIALIAS).weights(hps));
        for (List<RewardScore> mixed :
                List.of(
                        List.of(cosine, hundred),
                        List.of(cosine, smooth),
                        List.of(smooth, rough))) {
            assertThatThrownBy(() -> RewardScore.ranked(mixed))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("do not compare");
        }
        assertThat(RewardScore.ranked(List.of(smooth, smooth))).hasSize(2);
        assertThat(hundred.kind().scale().greatest()).isEqualTo(100);
        assertThat(smooth.provenance().imageConvention()).contains("longest edge");
    }

    @Test
    void whatDiffersBetweenScoresIsNamed() {
        RewardScore score = score(RewardModel.clip().weights(clip));
        ScoreProvenance made = score.provenance();
        int length = made.textLength();
        String assumed = made.assumption();
        Map<String, ScoreProvenance> others =
                Map.of(
                        "tokens of a prompt " + length + " and 64",
                        with(made, 64, assumed, Precision.FP32, "cpu"),
                        "assumption ",
                        with(made, length, "gelu assumed", Precision.FP32, "cpu"),
                        "precision FP32 and BF16",
                        with(made, length, assumed, Precision.BF16, "cpu"));
        others.forEach(
                (words, other) ->
                        assertThatThrownBy(
                                        () -> RewardScore.ranked(List.of(score, as(score, other))))
                                .isInstanceOf(IllegalArgumentException.class)
                                .hasMessageContaining("do not compare: " + words));
        ScoreProvenance elsewhere =
                with(made, made.textLength(), made.assumption(), made.precision(), "gpu(0)");
        assertThat(RewardScore.ranked(List.of(score, as(score, elsewhere)))).hasSize(2);
    }

    private static RewardScore as(RewardScore score, ScoreProvenance made) {
        return new RewardScore(
                score.prompt(), score.image(), score.kind(), score.parts(), null, made);
    }

    private static ScoreProvenance with(
            ScoreProvenance made, int length, String assumption, Precision type, String device) {
        return new ScoreProvenance(
                made.weights(),
                type,
                device,
                made.imageConvention(),
                made.promptConvention(),
                length,
                made.settings(),
                assumption,
                "another version");
    }

    @Test
    void aFolderOfOneReleasedFileIsEnoughAndOfTwoIsNot() throws IOException {
        Path released = hps.resolveSibling("released");
        Files.createDirectories(released);
        Files.copy(hps, released.resolve("HPS_v2.1_compressed.pt"));
        for (String beside : List.of("config.json", "open_clip_config.json")) {
            Files.copy(hps.resolveSibling(beside), released.resolve(beside));
        }
        assertThat(score(RewardModel.hps().weights(released)).value())
                .isEqualTo(score(RewardModel.hps().weights(hps)).value());
        Files.copy(hps, released.resolve("HPS_v2_compressed.pt"));
        assertRefused(
                RewardModel.hps().weights(released),
                "expected one checkpoint in " + released,
                "HPS_v2.1_compressed.pt, HPS_v2_compressed.pt");
    }

    private static RewardScore score(RewardModelBuilder builder) {
        try (RewardModel model = RewardParity.open(builder)) {
            return model.score(new PromptImage("a red ball", picture(40, 30)));
        }
    }

    @Test
    void aScorerOfOnesOwnIsOneClass() {
        try (RewardModel model = RewardParity.open(RewardModel.of(new Brightness()))) {
            RewardScore score = model.score(new PromptImage("", picture(16, 16)));
            assertThat(score.value()).isBetween(0.0, 1.0);
            assertThat(score.kind().name()).isEqualTo("Brightness");
        }
    }

    /** How bright a picture is. */
    private static final class Brightness implements RewardDefinition {

        @Override
        public RewardKind kind() {
            return RewardKind.of("Brightness", ScoreScale.CUSTOM, false, "brightness");
        }

        @Override
        public List<String> requires() {
            return List.of();
        }

        @Override
        public Found find(RewardSources sources) {
            ImageConfig unit =
                    new ImageConfig(
                            new ImageConfig.Resize.ShortestEdge(16),
                            16,
                            16,
                            ImageConfig.TO_UNIT,
                            List.of(0.0, 0.0, 0.0),
                            List.of(1.0, 1.0, 1.0));
            PicturePreparation pictures =
                    PicturePreparation.of(ImageProcessor.of(unit), "the middle at 16 pixels");
            return new Found() {
                @Override
                public RewardOrigin origin() {
                    return new RewardOrigin(Map.of(), pictures.description(), "", 0, "", "");
                }

                @Override
                public PicturePreparation pictures() {
                    return pictures;
                }

                @Override
                public ScoringNetwork load(Device device, DType type, Use use) {
                    return new Mean(device);
                }
            };
        }
    }

    private record Mean(Device device) implements ScoringNetwork {

        @Override
        public double[][] score(NDArray pictures, int[] picture, List<String> prompts) {
            float[] means = Tensors.toFloats(PixelRewards.mean(pictures));
            return java.util.Arrays.stream(picture)
                    .mapToObj(row -> new double[] {means[row]})
                    .toArray(double[][]::new);
        }

        @Override
        public NDArray reward(NDArray pixels, List<String> prompts) {
            return PixelRewards.mean(pixels);
        }

        @Override
        public void close() {}
    }
}
