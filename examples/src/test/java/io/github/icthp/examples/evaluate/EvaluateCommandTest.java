package io.github.icthp.examples.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import io.github.icthp.ImageSource;
import io.github.icthp.examples.Ran;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.testing.SampleModel;
import io.github.icthp.examples.testing.SamplePictures;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

import javax.imageio.ImageIO;

/** The verbs label and evaluate, on random weights and a small data set of real files. */
class EvaluateCommandTest {

    private static final int ROWS = 6;

    @TempDir static Path folder;

    private static String weights;
    private static String data;

    @BeforeAll
    static void drawAndMakeWeights() throws IOException {
        weights = SampleModel.write(folder.resolve("weights")).toString();
        data = draw(folder.resolve("data")).toString();
    }

    /** Writes the drawn triplet again and again, with other prompts, in the released layout. */
    private static Path draw(Path target) throws IOException {
        Path easy = Files.createDirectories(target.resolve("pick_easy_img/train"));
        Path refined = Files.createDirectories(target.resolve("pick_refine_img/train"));
        List<String> rows = new ArrayList<>();
        for (int row = 0; row < ROWS; row++) {
            for (int rank = 0; rank < 3; rank++) {
                ImageSource.Drawn drawn =
                        (ImageSource.Drawn) SamplePictures.all().get(rank).image();
                Path file = (rank == 2 ? refined : easy).resolve(row + "_" + rank + ".png");
                ImageIO.write(drawn.picture().get(), "png", file.toFile());
            }
            rows.add(
                    String.format(
                                    Locale.ROOT,
                                    "{'easy_prompt': 'a ball, number %1$d', 'refine_prompt': 'a"
                                            + " <red> ball %1$d', 'easy_image_0': '%1$d_0.png',"
                                            + " 'easy_image_1': '%1$d_1.png', 'refine_image':"
                                            + " '%1$d_2.png', 'E1': 0.1, 'E2': 0.5, 'R1': 0.1, 'R2':"
                                            + " 0.4}",
                                    row)
                            .replace('\'', '"'));
        }
        Files.createDirectories(target.resolve("Pick-High"));
        Files.write(target.resolve("Pick-High/train.jsonl"), rows);
        return target;
    }

    private static String[] given(String verb, String... more) {
        String[] common = {
            verb,
            "--data",
            data,
            "--split",
            "train",
            "--clip",
            weights + "/ICT",
            "--precision",
            "fp32"
        };
        return Stream.of(common, more).flatMap(Stream::of).toArray(String[]::new);
    }

    private static Ran run(String verb, String... more) {
        return Ran.command(given(verb, more));
    }

    @Test
    void tellsOnceOfPromptsThatAModelDoesNotReadToTheirEnds() throws IOException {
        Path other = draw(folder.resolve("long"));
        Path table = other.resolve("Pick-High/train.jsonl");
        Files.writeString(
                table, Files.readString(table).replace("a <red> ball", "a <red> ball ".repeat(50)));
        Path report = folder.resolve("long.html");
        Ran ran =
                Ran.command(
                        "evaluate",
                        "--data=" + other,
                        "--split=train",
                        "--ict=" + weights,
                        "--hp=" + weights,
                        "--clip=" + weights + "/ICT",
                        "--precision=fp32",
                        "--json",
                        "--report=" + report);
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.err().lines().filter(line -> line.startsWith("note: ")))
                .filteredOn(line -> line.contains("too long"))
                .singleElement()
                .asString()
                .contains("do not read the ends of 6 prompts", "'a <red> ball a <red>");
        JsonObject json = JsonParser.parseString(ran.out()).getAsJsonObject();
        assertThat(json.getAsJsonArray("notes")).hasSize(1);
        assertThat(Files.readString(report)).contains("do not read the ends of 6 prompts");
    }

    private static Ran evaluate(String... more) {
        String[] models = {"--ict", weights, "--hp", weights, "--resamples", "50"};
        return run("evaluate", Stream.of(models, more).flatMap(Stream::of).toArray(String[]::new));
    }

    @Test
    void printsTables() {
        Ran ran = evaluate("--limit", "4");
        assertThat(ran.err()).isEmpty();
        assertThat(ran.exit()).isZero();
        assertThat(ran.out())
                .startsWith("4 triplets of ")
                .contains("Pair accuracy", "I3>I2", "ICT labels", "\nCLIP ", "\nICT-HP ");
    }

    @Test
    void writesReportsAndTheSameJson() throws IOException {
        Path html = folder.resolve("report.html");
        Path json = folder.resolve("report.json");
        Ran ran =
                evaluate(
                        "--limit",
                        "3",
                        "--json",
                        "--report",
                        html.toString(),
                        "--report",
                        json.toString());
        assertThat(ran.exit()).isZero();
        assertThat(json).content().isEqualTo(ran.out());
        assertThat(html).content().startsWith("<!DOCTYPE html>");
        JsonObject found = JsonParser.parseString(ran.out()).getAsJsonObject();
        assertThat(found.getAsJsonArray("rewards"))
                .extracting(reward -> reward.getAsJsonObject().get("name").getAsString())
                .containsExactly("CLIP", "ICT", "HP", "ICT-HP");
        // The base here is ICT's own file, so that the two must agree.
        JsonObject clip = found.getAsJsonArray("rewards").get(0).getAsJsonObject();
        JsonObject ict = found.getAsJsonArray("rewards").get(1).getAsJsonObject();
        assertThat(clip.get("label_error")).isEqualTo(ict.get("label_error"));
    }

    @Test
    void evaluatesAnyScorer() {
        String head = weights + "/HP/hp_scorer/model.safetensors";
        Ran ran =
                evaluate(
                        "--limit",
                        "3",
                        "--reward",
                        "pickscore=" + weights + "/ICT",
                        "--reward",
                        "aesthetic=" + weights + "/ICT," + head,
                        "--json");
        assertThat(ran.exit()).as(ran.err()).isZero();
        JsonObject found = JsonParser.parseString(ran.out()).getAsJsonObject();
        assertThat(found.getAsJsonArray("rewards"))
                .extracting(reward -> reward.getAsJsonObject().get("name").getAsString())
                .containsExactly("CLIP", "ICT", "HP", "ICT-HP", "PickScore", "Aesthetic");
        Ran weighted = evaluate("--reward", "pickscore=" + weights + "/ICT:0.5");
        assertThat(weighted.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(weighted.err()).contains("not added up");
    }

    @Test
    void labelsAndEvaluatesWhatItLabeled() throws IOException {
        Path table = folder.resolve("labeled.jsonl");
        Ran labeled = run("label", "--theta", "0.5", "--out", table.toString());
        assertThat(labeled.err()).isEmpty();
        assertThat(labeled.exit()).isZero();
        assertThat(labeled.out()).contains("θ = 0.500000", "6 rows labeled");
        List<String> rows = Files.readAllLines(table);
        assertThat(rows).hasSize(6);
        JsonObject row = JsonParser.parseString(rows.get(0)).getAsJsonObject();
        Ran score =
                Ran.command(
                        "score",
                        "--ict",
                        weights,
                        "--precision",
                        "fp32",
                        "--json",
                        "--prompt",
                        row.get("easy_prompt").getAsString(),
                        data + "/pick_easy_img/train/" + row.get("easy_image_1").getAsString());
        double clip = score.json().get(0).get("ict").getAsDouble();
        assertThat(row.get("E2").getAsDouble())
                .isCloseTo(Math.max(0, Math.min(clip / 0.5, 1)), within(1e-5));
        Ran ran = evaluate("--table", table.toString(), "--json");
        assertThat(ran.exit()).isZero();
        assertThat(ran.out()).contains("labeled.jsonl", "label_error");
    }

    @Test
    void estimatesTheta() {
        Path table = folder.resolve("estimated.parquet");
        Ran all = run("label", "--quantile", "1", "--out", table.toString());
        assertThat(all.err()).isEmpty();
        assertThat(all.exit()).isZero();
        assertThat(all.out()).containsPattern("θ = 0\\.\\d+");
        assertThat(table).isNotEmptyFile();
    }

    @Test
    void skipsAndListsBadRows() throws IOException {
        Path table = folder.resolve("damaged.jsonl");
        Path list = folder.resolve("bad.jsonl");
        Ran labeled = run("label", "--theta", "0.5", "--out", table.toString());
        assertThat(labeled.exit()).isZero();
        List<String> rows = Files.readAllLines(table);
        Files.writeString(table, String.join("\n", rows).replaceFirst("1_1\\.png", "missing.png"));
        Ran refused = evaluate("--table", table.toString());
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.err())
                .contains("row 1, column easy_image_1", "missing.png", "--skip-bad")
                .doesNotContain("\tat ");
        assertThat(refused.out()).isEmpty();
        Ran skipped = evaluate("--table", table.toString(), "--skip-bad", list.toString());
        assertThat(skipped.exit()).isEqualTo(1);
        assertThat(skipped.out()).startsWith("5 triplets of ").contains("(1 rows skipped)");
        assertThat(skipped.err()).contains("1 rows skipped, listed in " + list);
        assertThat(Files.readString(list)).contains("\"row\":1", "easy_image_1");
        Path again = folder.resolve("again.jsonl");
        Ran relabeled =
                run(
                        "label",
                        "--table",
                        table.toString(),
                        "--theta",
                        "0.4",
                        "--out",
                        again.toString(),
                        "--skip-bad",
                        list.toString());
        assertThat(relabeled.exit()).isEqualTo(1);
        assertThat(Files.readAllLines(again)).hasSize(5);
    }

    @Test
    void namesTheRowOfAnImageThatCannotBeDecoded() throws IOException {
        Files.writeString(Path.of(data, "pick_easy_img/train/broken.png"), "no picture");
        Path table = folder.resolve("broken.jsonl");
        Files.writeString(
                table,
                Files.readString(Path.of(data, "Pick-High/train.jsonl"))
                        .replace("2_0.png", "broken.png"));
        Path out = folder.resolve("unwritten.jsonl");
        Ran ran =
                run("label", "--table", table.toString(), "--theta", "1", "--out", out.toString());
        assertThat(ran.exit()).isEqualTo(1);
        assertThat(ran.err()).contains(table + ": row 2, column easy_image_0", "--skip-bad");
        assertThat(out).doesNotExist();
    }

    @Test
    void refusesWhatCannotBeDone() {
        String out = folder.resolve("x.jsonl").toString();
        String nowhere = folder.resolve("none/report.md").toString();
        refused("name weights", "evaluate", "--data", data, "--split", "train");
        refused("--data", "evaluate", "--clip", weights);
        refused("no table for split", "evaluate", "--data", weights, "--clip", weights);
        refused("validation", "evaluate", "--data", data, "--split", "validation");
        refused("report.pdf", given("evaluate", "--report", "report.pdf"));
        refused("cannot write", given("evaluate", "--report", nowhere));
        refused("resamples", given("evaluate", "--resamples", "0"));
        refused("no file or folder", given("evaluate", "--ict", weights + "-none"));
        refused(".pkl", given("label", "--out", "x.pkl"));
        refused("θ must be", given("label", "--out", out, "--theta", "2"));
        refused(
                "mutually exclusive",
                given("label", "--out", out, "--theta", "0.2", "--quantile", "0"));
    }

    private static void refused(String saying, String... args) {
        Ran ran = Ran.command(args);
        assertThat(ran.exit()).as(String.join(" ", args)).isEqualTo(2);
        assertThat(ran.err()).contains(saying).doesNotContain("\tat ");
        assertThat(ran.out()).isEmpty();
    }
}
