package io.github.icthp.examples.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;

import io.github.icthp.ImageSource;
import io.github.icthp.examples.Ran;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.testing.SampleBlip;
import io.github.icthp.examples.testing.SampleModel;
import io.github.icthp.examples.testing.SamplePictures;
import io.github.icthp.examples.testing.TinyPipeline;
import io.github.icthp.testing.Devices;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.MetricsFile;
import io.github.icthp.training.RunRecord;
import io.github.icthp.weights.OpenClipKeys;
import io.github.icthp.weights.SafetensorsWriter;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import javax.imageio.ImageIO;

/** DRaFT-K by every scorer, of random weights, and by sums of several. */
class FinetuneRewardsTest {

    @TempDir static Path folder;
    private static Path model;
    private static Path prompts;
    private static Path weights;

    @BeforeAll
    static void prepare() throws IOException {
        model = TinyPipeline.unpack(folder.resolve("tiny"));
        weights = SampleModel.write(folder.resolve("rewards"));
        openClip(weights.resolve("ICT"), weights.resolve("OPEN"));
        SampleBlip.writeItm(weights.resolve("ITM"));
        SampleBlip.writeAuthorsItm(weights.resolve("AUTHORS"));
        SampleBlip.writeImageReward(weights.resolve("IMAGE-REWARD"));
        prompts = Files.writeString(folder.resolve("prompts.txt"), "a red ball\na blue cat\n");
    }

    /** The same weights in the layout that HPS v2 is published in. */
    private static void openClip(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Weights clip = Weights.open(from)) {
            SafetensorsWriter.write(to.resolve("model.safetensors"), OpenClipKeys.toOpenClip(clip));
        }
    }

    private static Ran finetune(String out, String... more) {
        String[] always = {
            "finetune",
            "--device",
            Devices.tested().getDeviceType(),
            "--model",
            model.toString(),
            "--prompts",
            prompts.toString(),
            "--out",
            folder.resolve(out).toString(),
            "--text-length",
            "8",
            "--precision",
            "fp32",
            "--size",
            "32x32",
            "--steps",
            "2",
            "--k",
            "1",
            "--rank",
            "2",
            "--accumulation",
            "1",
            "--guidance",
            "3.5"
        };
        return Ran.command(Stream.of(always, more).flatMap(Stream::of).toArray(String[]::new));
    }

    private static String[] with(String[] settings, String... more) {
        return Stream.of(settings, more).flatMap(Stream::of).toArray(String[]::new);
    }

    /** Fills in where the tiny weights lie. */
    private static String spec(String text) {
        return text.replace("HEAD", weights.resolve("HP/hp_scorer/model.safetensors").toString())
                .replace("CLIP", weights.resolve("ICT").toString())
                .replace("OPEN", weights.resolve("OPEN").toString())
                .replace("ITM", weights.resolve("ITM").toString())
                .replace("AUTHORS", weights.resolve("AUTHORS").toString())
                .replace("IMAGEREWARD", weights.resolve("IMAGE-REWARD").toString())
                .replace("ROOT", weights.toString());
    }

    private static List<Metrics> metrics(String out) {
        return MetricsFile.read(folder.resolve(out).resolve("metrics.jsonl"));
    }

    private static Map<String, Double> last(String out) {
        List<Metrics> all = metrics(out);
        return all.get(all.size() - 1).values();
    }

    private static JsonObject config(String out) throws IOException {
        return RunRecord.fromJson(Files.readString(folder.resolve(out).resolve("run.json")))
                .config();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ict=CLIP",
                "hp=ROOT,base=ROOT/base",
                "ict-hp=ROOT",
                "clip=CLIP",
                "pickscore=CLIP",
                "hps=OPEN",
                "aesthetic=CLIP,HEAD",
                "itm=ITM",
                "itm=AUTHORS",
                "image-reward=IMAGEREWARD"
            })
    void theGradientOfEveryScorerReachesTheAdapter(String reward) {
        String name = reward.substring(0, reward.indexOf('='));
        String out = reward.replaceAll("[^a-zA-Z-]", "_");
        Ran ran = finetune(out, "--iterations", "1", "--reward", spec(reward));
        assertThat(ran.exit()).as(ran.err()).isZero();
        Map<String, Double> step = last(out);
        assertThat(step.get("gradient_norm")).isFinite().isPositive();
        assertThat(step.get("reward." + name)).isFinite().isEqualTo(step.get("reward"));
    }

    /** What is recomputed for the way back must not change what it leads to. */
    @ParameterizedTest
    @ValueSource(strings = {"itm=ITM", "itm=AUTHORS", "image-reward=IMAGEREWARD"})
    void blipRewardsHaveOneGradientUnderEveryCheckpointing(String reward) {
        String out = "block_" + reward.replaceAll("[^a-zA-Z-]", "_");
        String[] settings = {"--iterations", "1", "--reward", spec(reward), "--checkpointing"};
        Ran none = finetune(out + "_none", with(settings, "none"));
        assertThat(none.exit()).as(none.err()).isZero();
        Ran block = finetune(out, with(settings, "block"));
        assertThat(block.exit()).as(block.err()).isZero();
        Map<String, Double> expected = last(out + "_none");
        for (String name : List.of("gradient_norm", "reward")) {
            assertThat(last(out).get(name))
                    .isCloseTo(expected.get(name), within(1e-5 * Math.abs(expected.get(name))));
        }
        assertThat(expected.get("gradient_norm")).isPositive();
    }

    @Test
    void tunesByAWeightedSumOfThreeAndJudgesByOthers() throws IOException {
        String[] settings = {
            "--reward", spec("pickscore=CLIP:0.5"),
            "--reward", spec("ict-hp=ROOT"),
            "--reward", spec("aesthetic=CLIP,HEAD:-0.1"),
            "--held-out", prompts.toString(),
            "--judge", spec("hps=OPEN:2"),
            "--judge", spec("clip=CLIP")
        };
        Ran ran = finetune("three", with(settings, "--iterations", "1"));
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.err()).contains("; judged ");
        Map<String, Double> step = metrics("three").get(0).values();
        assertThat(step.get("gradient_norm")).isFinite().isPositive();
        Map<String, Double> evaluated = last("three");
        for (Map<String, Double> values : List.of(step, evaluated)) {
            assertThat(values.get("reward"))
                    .isCloseTo(
                            0.5 * values.get("reward.pickscore")
                                    + values.get("reward.ict-hp")
                                    - 0.1 * values.get("reward.aesthetic"),
                            within(1e-4));
        }
        assertThat(evaluated.get("held_out_reward"))
                .isCloseTo(
                        2 * evaluated.get("held_out_reward.hps")
                                + evaluated.get("held_out_reward.clip"),
                        within(1e-4));
        assertThat(config("three").getAsJsonObject("reward").toString())
                .isEqualTo(
                        "{\"pickscore\":{\"weight\":0.5},\"ict-hp\":{\"weight\":1.0},"
                                + "\"aesthetic\":{\"weight\":-0.1}}");
        String record = Files.readString(folder.resolve("three/run.json"));
        assertThat(record).contains("reward pickscore weights", "reward judge hps weights");

        settings[1] = spec("pickscore=CLIP:0.6");
        Ran refused = finetune("three", with(settings, "--iterations", "2", "--resume"));
        assertThat(refused.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(refused.err()).contains("config.reward.pickscore.weight was 0.5 and is 0.6");
    }

    @Test
    void standardizesOnASampleAndResumesWithTheSameNumbers() throws IOException {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 3; i++) {
            ImageSource.Drawn drawn = (ImageSource.Drawn) SamplePictures.all().get(i).image();
            ImageIO.write(drawn.picture().get(), "png", folder.resolve(i + ".png").toFile());
            rows.append("{\"image\": \"" + i + ".png\", \"prompt\": \"a ball\"}\n");
        }
        Path sample = Files.writeString(folder.resolve("sample.jsonl"), rows.toString());
        String[] settings = {
            "--reward",
            spec("pickscore=CLIP"),
            "--reward",
            spec("hps=OPEN:0.5"),
            "--standardize",
            sample.toString()
        };
        Ran first = finetune("even", with(settings, "--iterations", "1"));
        assertThat(first.exit()).as(first.err()).isZero();
        assertThat(first.err()).contains("1.0 x (pickscore - ");
        JsonObject reward = config("even").getAsJsonObject("reward");
        JsonObject standard = reward.getAsJsonObject("pickscore").getAsJsonObject("standard");
        assertThat(standard.get("pictures").getAsLong()).isEqualTo(3);
        assertThat(standard.get("deviation").getAsDouble()).isPositive();
        Map<String, Double> step = last("even");
        double expected = 0;
        for (String name : List.of("pickscore", "hps")) {
            JsonObject term = reward.getAsJsonObject(name);
            JsonObject s = term.getAsJsonObject("standard");
            expected +=
                    term.get("weight").getAsDouble()
                            * (step.get("reward." + name) - s.get("mean").getAsDouble())
                            / s.get("deviation").getAsDouble();
        }
        assertThat(step.get("reward")).isCloseTo(expected, within(1e-2));

        Files.writeString(sample, rows.substring(0, rows.lastIndexOf("{")));
        Ran again = finetune("even", with(settings, "--iterations", "2", "--resume"));
        assertThat(again.exit()).as(again.err()).isZero();
        assertThat(config("even").getAsJsonObject("reward")).isEqualTo(reward);
        assertThat(metrics("even")).hasSize(2);
    }

    @Test
    void plansWithoutLoadingRewards() {
        Ran ran = finetune("planned", "--plan", "--reward", "pickscore=owner/none:0.5");
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(folder.resolve("planned")).doesNotExist();
    }

    @Test
    void refusesWhatDoesNotBelongTogether() throws IOException {
        Ran judge = finetune("no", "--reward", spec("clip=CLIP"), "--judge", spec("hps=OPEN"));
        assertThat(judge.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(judge.err()).contains("--judge needs --held-out FILE");
        Ran old = finetune("no", "--ict", weights.toString(), "--standardize", prompts.toString());
        assertThat(old.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(old.err()).contains("--standardize needs --reward NAME=LOCATION");
        Ran both = finetune("no", "--ict", weights.toString(), "--reward", spec("clip=CLIP"));
        assertThat(both.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(both.err()).contains("not both");
        Ran sample =
                finetune("no", "--reward", spec("clip=CLIP"), "--standardize", prompts.toString());
        assertThat(sample.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(sample.err()).contains("--standardize: ", ".jsonl or .csv");
        Path rows = Files.writeString(folder.resolve("bad.csv"), "image,prompt\na.png,b,c\n");
        Ran row = finetune("no", "--reward", spec("clip=CLIP"), "--standardize", rows.toString());
        assertThat(row.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(row.err()).contains("--standardize: ", "line 2 has 3").doesNotContain("--pairs");
        Ran missing = finetune("no", "--reward", "hps=" + folder.resolve("none"));
        assertThat(missing.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(missing.err()).contains("hps: ", "none");
    }
}
