package io.github.icthp.examples.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.icthp.examples.Ran;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.testing.SampleModel;
import io.github.icthp.examples.testing.TinyTriplets;
import io.github.icthp.train.data.Split;
import io.github.icthp.training.MetricsFile;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/** Training, exporting and scoring with what was trained, on the command line. */
class TrainCommandTest {

    @TempDir static Path folder;
    private static Path base;
    private static Path data;

    @BeforeAll
    static void prepare() throws IOException {
        Path sample = SampleModel.write(folder.resolve("sample"));
        base = sample.resolve("ICT");
        Files.copy(
                sample.resolve("base/config.json"),
                base.resolve("config.json"),
                StandardCopyOption.REPLACE_EXISTING);
        data = TinyTriplets.write(folder.resolve("data"));
    }

    private static Ran train(String kind, String out, String... more) {
        return train(kind, out, base, data, more);
    }

    private static Ran train(String kind, String out, Path base, Path data, String... more) {
        String[] always = {
            "train",
            kind,
            "--base",
            base.toString(),
            "--data",
            data.toString(),
            "--out",
            folder.resolve(out).toString(),
            "--steps",
            "3",
            "--batch",
            "2",
            "--rate",
            "1e-3",
            "--save-every",
            "2"
        };
        return Ran.command(Stream.of(always, more).flatMap(Stream::of).toArray(String[]::new));
    }

    @Test
    void trainsBothModelsThatScoreTogetherAfterExport() {
        Ran ict = train("ict", "ict");
        assertThat(ict.exit()).as(ict.err()).isZero();
        assertThat(ict.out())
                .contains("finished after 3 steps", "best pair accuracy on val", "weights: ");
        assertThat(ict.err())
                .contains("trained", "frozen", "text_model.encoder.layers.0-1")
                .contains("step 3 of 3", "loss ", "images/s", "validation: pair accuracy");
        Ran hp =
                train(
                        "hp",
                        "hp",
                        "--scope",
                        "vision_tower",
                        "--head-width",
                        "16",
                        "--precision",
                        "bf16",
                        "--checkpointing",
                        "layer");
        assertThat(hp.exit()).as(hp.err()).isZero();

        Path released = folder.resolve("released");
        for (String model : new String[] {"ict/last", "hp/best"}) {
            Ran export =
                    Ran.command(
                            "export",
                            "--layout",
                            "released",
                            "--out",
                            released.toString(),
                            folder.resolve(model).toString());
            assertThat(export.exit()).as(export.err()).isZero();
        }
        assertThat(released.resolve("ICT/pytorch_model.bin")).isNotEmptyFile();
        assertThat(released.resolve("HP/hp_scorer/mlp_pytorch_model.bin")).isNotEmptyFile();
        Path picture = data.resolve("pick_easy_img/val");
        assertThat(score(released, picture)).isEqualTo(score(null, picture)).contains("combined");
    }

    @Test
    void trainsOnATableThatLabelWrote() throws IOException {
        Path own = folder.resolve("own");
        TinyTriplets.writeUnlabeled(own, Split.TRAIN, 6);
        Ran refused = train("ict", "own-ict", base, own, "--no-validation");
        assertThat(refused.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(refused.err())
                .contains("train.jsonl: expected a table with the labels E1, E2, R1 and R2")
                .contains("label --data " + own + " --split train")
                .contains("--table FILE");
        assertThat(folder.resolve("own-ict")).doesNotExist();
        for (String ending : List.of("parquet", "jsonl")) {
            String table = folder.resolve("labeled." + ending).toString();
            Ran label =
                    Ran.command(
                            "label",
                            "--data",
                            own.toString(),
                            "--split",
                            "train",
                            "--clip",
                            base.toString(),
                            "--theta",
                            "0.5",
                            "--out",
                            table);
            assertThat(label.exit()).as(label.err()).isZero();
            Ran ict = train("ict", "own-" + ending, base, own, "--no-validation", "--table", table);
            assertThat(ict.exit()).as(ict.err()).isZero();
            assertThat(ict.out()).contains("finished after 3 steps");
            assertThat(Files.readString(folder.resolve("own-" + ending).resolve("run.json")))
                    .contains("sha256:");
        }
    }

    @Test
    void validatesOnATableThatIsNamed() throws IOException {
        Path own = folder.resolve("own-val");
        TinyTriplets.writeUnlabeled(own, Split.TRAIN, 6);
        TinyTriplets.writeUnlabeled(own, Split.VAL, 3);
        Path elsewhere = folder.resolve("elsewhere.jsonl");
        Files.move(own.resolve("Pick-High/val.jsonl"), elsewhere);
        Ran hp =
                train(
                        "hp",
                        "own-hp",
                        base,
                        own,
                        "--scope",
                        "vision_tower",
                        "--head-width",
                        "16",
                        "--validation-table",
                        elsewhere.toString());
        assertThat(hp.exit()).as(hp.err()).isZero();
        assertThat(hp.out()).contains("best pair accuracy on val");
        Ran missing = train("hp", "none", base, own, "--table", folder.resolve("no.csv") + "");
        assertThat(missing.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(missing.err()).contains("no.csv: no such file; expected a table ending in");
    }

    private static String score(Path released, Path pictures) {
        String ict = String.valueOf(released == null ? folder.resolve("ict/last") : released);
        String hp = String.valueOf(released == null ? folder.resolve("hp/best") : released);
        Ran ran =
                Ran.command(
                        "score",
                        "--ict",
                        ict,
                        "--hp",
                        hp,
                        "--json",
                        "--precision",
                        "fp32",
                        "--prompt",
                        "a red ball",
                        first(pictures).toString());
        assertThat(ran.exit()).as(ran.err()).isZero();
        return ran.out();
    }

    private static Path first(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().findFirst().orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void resumesAndRefusesToBeginTwice() {
        assertThat(train("hp", "twice", "--no-validation").exit()).isZero();
        Ran again = train("hp", "twice", "--no-validation");
        assertThat(again.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(again.err()).contains("holds a run already; resume it");
        Ran resumed = train("hp", "twice", "--no-validation", "--resume");
        assertThat(resumed.exit()).isZero();
        assertThat(resumed.err()).contains("going on after step 3");
        assertThat(MetricsFile.read(folder.resolve("twice/metrics.jsonl"))).hasSize(3);
    }

    @Test
    void saysWhatIsMissing() {
        assertThat(Ran.command("train").exit()).isEqualTo(ExitCode.USAGE);
        Ran joint = train("hp", "joint", "--config", "released");
        assertThat(joint.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(joint.err()).contains("ict(path) with trained ICT weights");
        Ran nothing = train("ict", "nothing", folder.resolve("none"), data);
        assertThat(nothing.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(nothing.err()).contains("no file or folder", "none");
    }

    @Test
    void skipsAndListsBadRows() throws IOException {
        Path broken = TinyTriplets.write(folder.resolve("broken"));
        Files.writeString(first(broken.resolve("pick_refine_img/train")), "no picture");
        Ran fails = train("hp", "fails", base, broken, "--no-validation");
        assertThat(fails.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(fails.err()).contains("row 0");
        Ran skips = train("hp", "skips", base, broken, "--no-validation", "--skip-bad");
        assertThat(skips.exit()).as(skips.err()).isZero();
        assertThat(Files.readString(folder.resolve("skips/bad-rows.jsonl"))).contains("\"row\":0");
    }
}
