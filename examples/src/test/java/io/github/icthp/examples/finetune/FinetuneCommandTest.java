package io.github.icthp.examples.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import ai.djl.Device;

import com.google.gson.JsonObject;

import io.github.icthp.diffusion.lora.LoraFile;
import io.github.icthp.diffusion.lora.LoraFormat;
import io.github.icthp.diffusion.spark.SparkApplication;
import io.github.icthp.examples.Ran;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.input.PromptFile;
import io.github.icthp.examples.testing.SampleModel;
import io.github.icthp.examples.testing.TinyPipeline;
import io.github.icthp.testing.Devices;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.MetricsFile;
import io.github.icthp.training.RunProgress;
import io.github.icthp.training.RunRecord;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

class FinetuneCommandTest {

    private static final Path ADAPTERS = Path.of("../ict-hp-diffusion/src/test/resources/lora");

    @TempDir static Path folder;
    private static Path model;
    private static Path prompts;
    private static String rewards;

    @BeforeAll
    static void prepare() throws IOException {
        model = TinyPipeline.unpack(folder.resolve("tiny"));
        rewards = SampleModel.write(folder.resolve("rewards")).toString();
        prompts = folder.resolve("prompts.txt");
        Files.writeString(prompts, "a red ball\n\n  a blue cat \n");
    }

    private static Ran finetune(String out, String... more) {
        return finetune(prompts, 1, out, more);
    }

    private static Ran finetune(Path prompts, int accumulation, String out, String... more) {
        String[] always = {
            "finetune",
            "--device",
            Devices.tested().getDeviceType(),
            "--model",
            model.toString(),
            "--ict",
            rewards,
            "--hp",
            rewards,
            "--base",
            rewards + "/base",
            "--prompts",
            prompts.toString(),
            "--out",
            folder.resolve(out).toString(),
            "--text-length",
            "8",
            "--precision",
            "fp32",
            "--steps",
            "2",
            "--size",
            "32x32",
            "--accumulation",
            Integer.toString(accumulation),
            "--guidance",
            "3.5"
        };
        return Ran.command(Stream.of(always, more).flatMap(Stream::of).toArray(String[]::new));
    }

    @Test
    void tellsOnceOfPromptsThatARewardDoesNotReadToTheirEnds() throws IOException {
        Path longer = folder.resolve("longer.txt");
        Files.writeString(longer, "a red ball\n" + "a red ball ".repeat(60) + "\n");
        Ran ran = finetune(longer, 1, "longer", "--iterations", "1");
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.err().lines().filter(line -> line.contains("too long")))
                .singleElement()
                .asString()
                .contains("note: ICT-HP does not read the end of a prompt");
    }

    @Test
    void trainsAnAdapterThatGenerateTakes() throws IOException {
        Ran ran =
                finetune(
                        "run",
                        "--rank",
                        "2",
                        "--iterations",
                        "2",
                        "--held-out",
                        prompts.toString());
        assertThat(ran.exit()).as(ran.err()).isZero();
        Path adapter = folder.resolve("run/adapter");
        assertThat(ran.out()).contains("finished after 2 steps", "adapter: " + adapter);
        assertThat(ran.err()).contains("step 2 of 2", "held-out reward");
        assertThat(LoraFile.inspect(adapter).ranks()).containsOnlyKeys(2L);
        Path picture = folder.resolve("tuned.png");
        Ran made =
                Ran.command(
                        "generate",
                        "--model",
                        model.toString(),
                        "--prompt",
                        "a cat",
                        "--lora",
                        adapter.toString(),
                        "--steps",
                        "1",
                        "--size",
                        "32x32",
                        "--text-length",
                        "8",
                        "--out",
                        picture.toString());
        assertThat(made.exit()).as(made.err()).isZero();
        assertThat(picture).isNotEmptyFile();
        Ran inspected = Ran.command("lora", "inspect", adapter.toString(), "--json");
        assertThat(inspected.json().get(0).get("format").getAsString()).isEqualTo("diffusers");
        Path converted = folder.resolve("kohya.safetensors");
        Ran convert =
                Ran.command(
                        "lora",
                        "convert",
                        "--model",
                        model.toString(),
                        "--to",
                        "kohya",
                        adapter.toString(),
                        converted.toString());
        assertThat(convert.exit()).as(convert.err()).isZero();
        assertThat(LoraFile.inspect(converted).format()).isEqualTo(LoraFormat.KOHYA);
        assertThat(Ran.command("lora", "inspect", converted.toString()).out())
                .contains("format:     kohya");
        Ran wrong =
                Ran.command(
                        "lora",
                        "convert",
                        "--architecture",
                        "sd3.5-large",
                        "--to",
                        "peft",
                        adapter.toString(),
                        folder.resolve("peft").toString());
        assertThat(wrong.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(wrong.err()).contains("does not fit");
    }

    @Test
    void anOptionGivenTwiceIsRefusedAndForgetsNoOther() {
        Ran ran = finetune("twice", "--iterations=2", "--accumulation=3");
        assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(ran.err()).contains("--accumulation was given twice; give it once");
    }

    @Test
    void devicesShareTheRollouts() throws IOException {
        Ran one = finetune(prompts, 3, "one-device", "--iterations=2", "--rank=2");
        assertThat(one.exit()).as(one.err()).isZero();
        String device = Devices.tested().getDeviceType();
        Ran two =
                finetune(
                        prompts,
                        3,
                        "two-devices",
                        "--iterations=2",
                        "--rank=2",
                        "--devices=" + device + "," + device);
        assertThat(two.exit()).as(two.err()).isZero();
        String adapter = "adapter/pytorch_lora_weights.safetensors";
        assertThat(folder.resolve("two-devices").resolve(adapter))
                .hasSameBinaryContentAs(folder.resolve("one-device").resolve(adapter));
        assertThat(Files.readString(folder.resolve("two-devices/run.json")))
                .contains("rollouts also on [" + device);
    }

    @Test
    void sparkIsAskedForWhereItIsMissing() {
        Ran both = finetune("both", "--spark=local[2]", "--devices=cpu,cpu");
        assertThat(both.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(both.err()).contains("--devices or --spark, not both");
        assumeFalse(SparkApplication.isPossible());
        Ran absent = finetune("absent", "--spark=local[2]");
        assertThat(absent.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(absent.err())
                .contains("--spark needs Apache Spark, whose classes are not here")
                .contains("spark-submit");
    }

    @Test
    void plansMemoryAndDoesNothing() {
        Ran ran = finetune("planned", "--plan");
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.out().lines()).hasSize(4);
        assertThat(ran.out()).contains("NONE", "STEP", "BLOCK", "K=1", "GiB");
        assertThat(folder.resolve("planned")).doesNotExist();
    }

    @Test
    void settingsOfTheCommandLineReachTheRun() throws IOException {
        String[] settings =
                ("--iterations 2 --rank 2 --alpha 4 --targets joint-attention --dropout 0.25"
                                + " --schedule cosine --warm-up 1 --weight-decay 0.5 --clip-norm 0.125 --keep"
                                + " 1 --renoise 2 --tile 16 --tile-overlap 0.5 --save-every 1 --checkpointing"
                                + " step")
                        .split(" ");
        Ran ran = finetune("settings", settings);
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(Files.readString(folder.resolve("settings/run.json")))
                .contains("\"renoised\": 2", "\"kind\": \"LowVariance\"", "\"guidance\": 3.5")
                .contains("\"dropout\": 0.25", "\"alpha\": 4.0", "\"attn.to_add_out\"")
                .contains("\"shape\": \"COSINE\"", "\"warmUp\": 1", "\"total\": 2")
                .contains("\"weightDecay\": 0.5", "\"maxGradientNorm\": 0.125");
        assertThat(folder.resolve("settings/checkpoints").toFile().list())
                .containsExactly("step-00000002");
        String adapter = folder.resolve("settings/adapter").toString();
        Ran further =
                finetune(
                        "further",
                        "--initial",
                        adapter,
                        "--iterations",
                        "1",
                        "--random-k",
                        "1-2",
                        "--checkpointing",
                        "step");
        assertThat(further.exit()).as(further.err()).isZero();
        assertThat(Files.readString(folder.resolve("further/run.json")))
                .contains("\"kind\": \"RandomK\"", "\"rank\": 2", "\"alpha\": 4.0")
                .contains("transformer_blocks.0.attn.to_add_out");
        assertThat(LoraFile.inspect(folder.resolve("further/adapter")).ranks())
                .containsOnlyKeys(2L);
    }

    @Test
    void namesWhatOfTheFirstAdapterIsLeftOut() {
        String[] one = {"--iterations", "1", "--checkpointing", "step", "--initial"};
        String warning = "comfy_diff.safetensors: 2 of its 10 tensors are not applied: 1 .diff, 1";
        String file = ADAPTERS.resolve("comfy_diff.safetensors").toString();
        Ran ran = finetune("leaves", with(one, file));
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.err().lines().filter(line -> line.contains(warning))).hasSize(1);
        // The pipeline's text encoders are not tuned, and not adapted.
        Ran text = finetune("text", with(one, ADAPTERS.resolve("te.safetensors").toString()));
        assertThat(text.exit()).as(text.err()).isZero();
        assertThat(text.err()).contains("not applied: 2 text-encoder layers");
    }

    @Test
    void keepsTheBiasesOfTheFirstAdapter() {
        Path file = ADAPTERS.resolve("bias.safetensors");
        Ran ran =
                finetune(
                        "biases",
                        "--iterations",
                        "1",
                        "--checkpointing",
                        "step",
                        "--initial",
                        file.toString());
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.err()).doesNotContain("not applied");
        assertThat(LoraFile.inspect(folder.resolve("biases/adapter")).modules())
                .hasSize(4)
                .allSatisfy(module -> assertThat(module.bias()).isPresent());
    }

    @Test
    void refusesFirstAdaptersOfOtherKinds() {
        for (String kind : List.of("lokr", "loha", "dora")) {
            Path file = ADAPTERS.resolve(kind + ".safetensors");
            Ran ran = finetune("refused", "--initial", file.toString());
            assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
            assertThat(ran.err().toLowerCase(Locale.ROOT)).contains(kind);
        }
    }

    private static String[] with(String[] some, String... more) {
        return Stream.of(some, more).flatMap(Stream::of).toArray(String[]::new);
    }

    @Test
    void goesOnOnlyWhenAskedTo() {
        String[] two = {"--iterations", "2", "--save-every", "1", "--checkpointing", "step"};
        assertThat(finetune("resumed", two).exit()).isZero();
        Ran again = finetune("resumed", two);
        assertThat(again.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(again.err()).contains("resume it, or name another folder");
        Ran resumed =
                finetune(
                        "resumed",
                        Stream.concat(Stream.of(two), Stream.of("--resume"))
                                .toArray(String[]::new));
        assertThat(resumed.exit()).isZero();
        assertThat(resumed.err()).contains("going on after step 2");
        assertThat(MetricsFile.read(folder.resolve("resumed/metrics.jsonl"))).hasSize(2);
    }

    @Test
    void aRunThatFailedBeforeItsFirstStepCanBeBegunAgain() throws IOException {
        String[] one = {"--iterations", "1", "--rank", "1", "--checkpointing", "step"};
        Path part = model.resolve("text_encoder");
        Path away = Files.move(part, model.resolve("away"));
        assertThat(finetune("again", one).exit()).isEqualTo(ExitCode.USAGE);
        Files.move(away, part);
        assertThat(folder.resolve("again/run.json")).exists();
        Ran begun = finetune("again", one);
        assertThat(begun.exit()).as(begun.err()).isZero();
    }

    @Test
    void readsPromptsAsWindowsWritesThem() throws IOException {
        Path file = folder.resolve("windows.txt");
        Files.writeString(file, "\uFEFFa red ball\r\n\r\n\ta blue cat\r\n");
        assertThat(PromptFile.read(file)).containsExactly("a red ball", "a blue cat");
    }

    @Test
    void aStoppedRunSaysWhatIsLeft() {
        StringWriter err = new StringWriter();
        CommandLine line = new CommandLine(CommandSpec.create()).setErr(new PrintWriter(err));
        RunRecord record = RunRecord.of("draft-k", 0, new JsonObject(), Map.of(), Device.cpu());
        try (FinetuneProgress progress = new FinetuneProgress(line)) {
            progress.started(record, 0, 9);
            step(progress, 1);
            progress.tellStopped();
            assertThat(err.toString()).endsWith("as there is no checkpoint yet\n");
            step(progress, 2);
            progress.saved(folder);
            step(progress, 3);
            progress.tellStopped();
        }
        assertThat(err.toString())
                .contains("stopped after step 1; --resume begins again")
                .contains("stopped after step 3; --resume goes on from the checkpoint of step 2");
    }

    private static void step(FinetuneProgress progress, long step) {
        progress.stepped(
                new Metrics(step, Metrics.TRAIN, Map.of("reward", 0.5)),
                new RunProgress(step, 9, 1, Duration.ZERO));
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        assertThat(finetune("wrong", "--k", "3").err()).contains("K must be in 1..2, got 3");
        assertThat(finetune("wrong", "--rank", "0").err())
                .contains("rank must be in 1..16384, got 0");
        assertThat(finetune("wrong", "--targets", "to_x").err()).contains("to_x");
        assertThat(finetune("wrong", "--initial", "nofile").err()).contains("at nofile");
        assertThat(finetune("wrong", "--patience", "2").err())
                .contains("patience of 2 evaluations needs held-out prompts");
        assertThat(finetune("wrong", "--checkpointing", "some").exit()).isEqualTo(ExitCode.USAGE);
        Path empty = folder.resolve("empty.txt");
        Files.writeString(empty, "\n \n");
        Ran none = finetune("wrong", "--held-out", empty.toString());
        assertThat(none.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(none.err()).contains("holds no prompts");
        Ran file = Ran.command("lora", "inspect", empty.toString());
        assertThat(file.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(Ran.command("lora").exit()).isEqualTo(ExitCode.USAGE);
    }
}
