package io.github.icthp.examples.finetune;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import com.google.gson.JsonObject;

import io.github.icthp.examples.Ran;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.testing.TinyPipeline;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.RunFolder;
import io.github.icthp.training.RunOptions;
import io.github.icthp.training.RunRecord;
import io.github.icthp.weights.SafetensorsWriter;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What is wrong is said before rewards and models are loaded: here there are no rewards at all. */
class FinetuneChecksTest {

    @TempDir static Path folder;
    private static Path model;
    private static Path prompts;

    @BeforeAll
    static void prepare() throws IOException {
        model = TinyPipeline.unpack(folder.resolve("tiny"));
        prompts = folder.resolve("prompts.txt");
        Files.writeString(prompts, "a red ball\n");
    }

    private static Ran finetune(String... more) {
        String[] always = {"finetune", "--model", model.toString(), "--text-length", "8"};
        String[] size =
                List.of(more).contains("--size") ? new String[0] : new String[] {"--size", "32x32"};
        return Ran.command(
                Stream.of(always, size, more).flatMap(Stream::of).toArray(String[]::new));
    }

    /** Runs with rewards that are not there, and returns what is said of something else. */
    private static String refused(Path out, String... more) {
        String[] named = {
            "--ict",
            folder.resolve("no/rewards").toString(),
            "--prompts",
            prompts.toString(),
            "--out",
            out.toString()
        };
        Ran ran = finetune(Stream.of(named, more).flatMap(Stream::of).toArray(String[]::new));
        assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
        return ran.err();
    }

    @Test
    void soundSettingsComeAsFarAsTheRewards() {
        Path out = folder.resolve("sound/run");
        assertThat(refused(out)).contains("no/rewards").contains("memory: BLOCK");
        assertThat(folder.resolve("sound")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--size 40x32 | multiples of 16, got 40 x 32",
                "--k 5 | K must be in 1..4, got 5",
                "--random-k 2-9 | 1 <= least <= most <= 4, got 2 and 9",
                "--random-k 2 | expected FIRST-LAST",
                "--jump 0-4 | 0 <= first <= last < 4, got 0 and 4",
                "--renoise 0 | noised again at least once, got 0",
                "--k 1 --renoise 1 | mutually exclusive",
                "--targets to_q,to_x | no linear layer of this transformer matches [to_x]",
                "--rank 0 | rank must be in 1..16384, got 0",
                "--dropout 1 | dropout must be in [0, 1), got 1.0",
                "--clip-norm 0 | the norm to clip to must be more than 0, got 0.0",
                "--weight-decay -1 | weight decay must be finite and at least 0, got -1.0",
                "--schedule linear --iterations 5 --warm-up 5 | a LINEAR rate needs more steps",
                "--schedule steep | constant, linear",
                "--keep 0 | keep must be at least 1",
                "--evaluate-every 5 | --evaluate-every needs --held-out FILE",
                "--patience 2 | needs held-out prompts",
                "--held-out no.txt | no.txt does not exist",
                "--initial nofile | nofile",
                "--tile-overlap 0.5 | --tile-overlap needs --tile N",
                "--tile 20 | must be whole latents, of 8 pixels each, got VaeTiling[side=20",
                "--tile 0 | side must be positive"
            })
    void saysWhatIsWrongBeforeAnythingIsLoaded(String options, String message) {
        Path out = folder.resolve("wrong");
        assertThat(refused(out, options.split(" "))).contains(message);
        assertThat(out).doesNotExist();
    }

    @Test
    void refusesAFolderThatAnotherRunHoldsOrUses() throws IOException {
        Path out = folder.resolve("held");
        RunRecord other = RunRecord.of("other", 1, new JsonObject(), Map.of(), Device.cpu());
        try (RunFolder held = RunOptions.custom(out).build().open(other)) {
            assertThat(refused(out)).contains("another run is writing to " + held.path());
            Files.writeString(held.path().resolve("metrics.jsonl"), "{}\n");
        }
        assertThat(refused(out)).contains("holds a run already; resume it, or name another");
        assertThat(refused(out, "--resume"))
                .contains("was made otherwise", "kind was other and is draft-k");
        Path file = Files.writeString(folder.resolve("a.file"), "");
        assertThat(refused(file)).contains("cannot be written", "NotDirectory");
        assertThat(refused(file.resolve("below"))).contains("cannot be written", "NotDirectory");
    }

    @Test
    void plansForUnets() {
        Path packed =
                Path.of(
                        "../ict-hp-diffusion/src/test/resources/golden/unet/pipelines/sd15_tiny/pipeline");
        Path unet = Golden.unpack(packed, folder.resolve("sd15"));
        Ran plan = Ran.command("finetune", "--plan", "--model", unet.toString(), "--size", "64x64");
        assertThat(plan.exit()).as(plan.err()).isZero();
        assertThat(plan.out()).contains("NONE", "STEP", "BLOCK");
    }

    @Test
    void planNeedsOnlyTheModel() {
        Ran plan = finetune("--plan", "--dropout", "0.1", "--tile", "32");
        assertThat(plan.exit()).as(plan.err()).isZero();
        assertThat(plan.out()).contains("NONE", "STEP", "BLOCK", "in tiles needs less");
        assertThat(finetune("--plan", "--size", "40x32").err()).contains("multiples of 16");
        Ran run = finetune("--prompts", prompts.toString());
        assertThat(run.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("Missing required options: '--out=DIR' (or --plan)");
        assertThat(finetune("--prompts", "p", "--out", "o").err()).contains("name --ict DIR");
    }

    @Test
    void anAdapterToBeginWithBringsItsRankAlphaAndLayers() {
        Path adapter = folder.resolve("adapter.safetensors");
        writeAdapter(adapter, 3);
        Path out = folder.resolve("begun");
        String[] begun = {"--initial", adapter.toString()};
        assertThat(refused(out, begun)).contains("no/rewards");
        assertThat(refused(out, with(begun, "--rank", "3", "--alpha", "3"))).contains("no/rewards");
        assertThat(refused(out, with(begun, "--targets", "transformer_blocks.0.attn.to_q")))
                .contains("no/rewards");
        assertThat(refused(out, with(begun, "--rank", "4")))
                .contains("--rank 4: the adapter " + adapter + " has [3]; leave --rank out");
        assertThat(refused(out, with(begun, "--alpha", "1"))).contains("--alpha 1.0", "has [3.0]");
        assertThat(refused(out, with(begun, "--targets", "to_q")))
                .contains("--targets to_q", "is on 1, among them transformer_blocks.0.attn.to_q");
    }

    private static String[] with(String[] some, String... more) {
        return Stream.of(some, more).flatMap(Stream::of).toArray(String[]::new);
    }

    private static void writeAdapter(Path file, int rank) {
        TensorScope.run(
                Device.cpu(),
                () -> {
                    String layer = "transformer.transformer_blocks.0.attn.to_q.";
                    NDArray a = Tensors.of(new float[rank * 32], rank, 32);
                    NDArray b = Tensors.of(new float[32 * rank], 32, rank);
                    SafetensorsWriter.write(
                            file,
                            Map.of(layer + "lora_A.weight", a, layer + "lora_B.weight", b),
                            Map.of("format", "pt"));
                });
    }
}
