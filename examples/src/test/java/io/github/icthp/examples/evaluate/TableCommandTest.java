package io.github.icthp.examples.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import io.github.icthp.JpegCompressibility;
import io.github.icthp.Miniature;
import io.github.icthp.examples.Ran;
import io.github.icthp.examples.world.DrawnWorld;
import io.github.icthp.examples.world.Scene;
import io.github.icthp.train.data.Split;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import javax.imageio.ImageIO;

/** The verb table, with the miniature rewards on drawn pictures. */
class TableCommandTest {

    private static final int PROMPTS = 24;

    @TempDir static Path folder;

    @TempDir Path place;

    private static Path manifest;

    /** "good" draws what people prefer, "poor" what they reject; both refined alike. */
    @BeforeAll
    static void draw() throws IOException {
        List<String> rows = new ArrayList<>(List.of("model,condition,prompt_id,prompt,image"));
        for (int i = 0; i < PROMPTS; i++) {
            Scene scene = DrawnWorld.seed(5).split(Split.TEST).scene(i);
            add(rows, "SDXL", "base", i, scene.easyPrompt(), scene.preferred());
            add(rows, "poor", "base", i, scene.easyPrompt(), scene.rejected());
            add(rows, "SDXL", "refined", i, scene.refinedPrompt(), scene.refined());
        }
        manifest = Files.write(folder.resolve("pictures.csv"), rows);
    }

    private static void add(
            List<String> rows,
            String model,
            String condition,
            int i,
            String prompt,
            BufferedImage picture)
            throws IOException {
        String name = model + "/" + condition + "/" + i + ".png";
        Files.createDirectories(folder.resolve(name).getParent());
        ImageIO.write(picture, "png", folder.resolve(name).toFile());
        rows.add(String.join(",", model, condition, "" + i, '"' + prompt + '"', name));
    }

    private static String[] given(String... more) {
        String[] common = {
            "table",
            "--reward=ict=" + Miniature.ict(),
            "--reward=hp=" + Miniature.hp(),
            "--reward=ict-hp=" + Miniature.ict() + "," + Miniature.hp(),
            "--precision=fp32",
            "--resamples=100"
        };
        return Stream.of(common, more).flatMap(Stream::of).toArray(String[]::new);
    }

    private static Ran run(String... more) {
        return Ran.command(given(more));
    }

    private static JsonObject mean(JsonObject json, String model, String condition, String column) {
        for (var one : json.getAsJsonArray("means")) {
            JsonObject cell = one.getAsJsonObject();
            if (cell.get("model").getAsString().equals(model)
                    && cell.get("condition").getAsString().equals(condition)
                    && cell.get("column").getAsString().equals(column)) {
                return cell.getAsJsonObject("mean");
            }
        }
        throw new AssertionError(model + " " + condition + " " + column + " is not there");
    }

    @Test
    void tellsOnceOfPromptsThatARewardDoesNotReadToTheirEnds() throws IOException {
        String picture = folder.resolve("SDXL/base/0.png").toString();
        String prompt = "a red ball ".repeat(60);
        Path rows =
                Files.write(
                        place.resolve("long.csv"),
                        List.of(
                                "model,prompt,image",
                                "a," + prompt + "," + picture,
                                "b," + prompt + "," + picture,
                                "b,a fox," + picture));
        Path report = place.resolve("long.md");
        Ran ran = run("--manifest=" + rows, "--json", "--report=" + report);
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.err().lines())
                .singleElement()
                .asString()
                .startsWith("note: ICT, ICT-HP do not read the end of a prompt, which is too long")
                .contains("'a red ball a red ball");
        JsonArray notes =
                JsonParser.parseString(ran.out()).getAsJsonObject().getAsJsonArray("notes");
        assertThat(notes).hasSize(1);
        assertThat(Files.readString(report)).contains("do not read the end of a prompt");
    }

    @Test
    void comparesGeneratorsInEveryFormat() throws IOException {
        List<String> reports =
                Stream.of("txt", "md", "json", "html", "png")
                        .map(ending -> "--report=" + place.resolve("table." + ending))
                        .toList();
        Ran ran =
                run(
                        Stream.concat(
                                        Stream.of(
                                                "--manifest=" + manifest, "--published", "--json"),
                                        reports.stream())
                                .toArray(String[]::new));
        assertThat(ran.err()).isEmpty();
        assertThat(ran.exit()).isZero();
        assertThat(place.resolve("table.json")).content().isEqualTo(ran.out());
        JsonObject json = JsonParser.parseString(ran.out()).getAsJsonObject();
        assertThat(json.getAsJsonArray("columns"))
                .extracting(column -> column.getAsJsonObject().get("name").getAsString())
                .containsExactly("ICT", "HP", "ICT-HP");
        assertThat(json.get("rows").getAsInt()).isEqualTo(3 * PROMPTS);
        // The miniature has learnt to tell pictures that miss their prompt.
        JsonObject good = mean(json, "SDXL", "base", "ICT");
        JsonObject poor = mean(json, "poor", "base", "ICT");
        assertThat(good.get("low").getAsDouble()).isGreaterThan(poor.get("high").getAsDouble());
        JsonArray wins = json.getAsJsonArray("wins");
        assertThat(wins).hasSize(3);
        assertThat(wins.get(0).getAsJsonObject().getAsJsonObject("share").get("low").getAsDouble())
                .isGreaterThan(0.5);
        assertThat(place.resolve("table.txt"))
                .content(StandardCharsets.UTF_8)
                .contains("SDXL refined", "SDXL base, published", "Table 6 as published");
        assertThat(place.resolve("table.html")).content().startsWith("<!DOCTYPE html>");
        assertThat(place.resolve("table.png")).isNotEmptyFile();
    }

    @Test
    void meansAreThoseOfTheVerbScore() {
        Ran table = run("--manifest=" + manifest, "--json");
        JsonObject json = JsonParser.parseString(table.out()).getAsJsonObject();
        List<String> pictures =
                Stream.iterate(0, i -> i + 1)
                        .limit(PROMPTS)
                        .map(i -> folder.resolve("poor/base/" + i + ".png").toString())
                        .toList();
        Ran score =
                Ran.command(
                        Stream.concat(
                                        Stream.of(
                                                "score",
                                                "--json",
                                                "--precision=fp32",
                                                "--hp=" + Miniature.hp()),
                                        pictures.stream())
                                .toArray(String[]::new));
        double expected =
                score.json().stream()
                        .mapToDouble(line -> line.get("hp").getAsDouble())
                        .average()
                        .orElseThrow();
        assertThat(mean(json, "poor", "base", "HP").get("value").getAsDouble())
                .isCloseTo(expected, within(1e-5));
    }

    @Test
    void jpegSizesAreColumnsWithoutAModel() {
        Ran ran =
                Ran.command(
                        "table",
                        "--manifest=" + manifest,
                        "--reward=jpeg",
                        "--reward=JPEG-500",
                        "--resamples=10",
                        "--json");
        assertThat(ran.err()).isEmpty();
        assertThat(ran.exit()).isZero();
        JsonObject json = JsonParser.parseString(ran.out()).getAsJsonObject();
        double kilobytes =
                Stream.iterate(0, i -> i + 1)
                        .limit(PROMPTS)
                        .map(i -> folder.resolve("poor/base/" + i + ".png"))
                        .mapToDouble(JpegCompressibility.ofDefaults()::kilobytes)
                        .average()
                        .orElseThrow();
        assertThat(mean(json, "poor", "base", "JPEG").get("value").getAsDouble())
                .isCloseTo(-kilobytes, within(1e-9));
        assertThat(mean(json, "poor", "base", "JPEG (-kB / 500)").get("value").getAsDouble())
                .isCloseTo(-kilobytes / 500, within(1e-9));
    }

    @Test
    void foldersAndOneModelAtATimeGiveTheSameScores() {
        Ran folders =
                run(
                        "--images=SDXL=" + folder.resolve("SDXL"),
                        "--images=poor=" + folder.resolve("poor"),
                        "--one-at-a-time",
                        "--json");
        assertThat(folders.err()).isEmpty();
        assertThat(folders.exit()).isZero();
        JsonObject json = JsonParser.parseString(folders.out()).getAsJsonObject();
        Ran table = run("--manifest=" + manifest, "--json");
        JsonObject other = JsonParser.parseString(table.out()).getAsJsonObject();
        // Pictures come in another order, which moves last bits.
        assertThat(mean(json, "SDXL", "refined", "HP").get("value").getAsDouble())
                .isCloseTo(
                        mean(other, "SDXL", "refined", "HP").get("value").getAsDouble(),
                        within(1e-5));
    }

    @Test
    void resumesAndSaysSo() throws IOException {
        Path report = place.resolve("table.json");
        Path state = place.resolve("table.json.scores.jsonl");
        String[] args = {"--manifest=" + manifest, "--report=" + report};
        assertThat(run(args).exit()).isZero();
        String whole = Files.readString(report);
        List<String> scores = Files.readAllLines(state);
        assertThat(scores).hasSize(1 + 3 + 3 * 3 * PROMPTS);
        Ran refused = run(args);
        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.err()).contains(state.toString(), "--resume");
        // What a killed process leaves: the last block is not there, and half a line is.
        Files.writeString(
                state, String.join("\n", scores.subList(0, scores.size() - 11)) + "\n{\"row\":\"4");
        Ran resumed =
                run(
                        Stream.of(args, new String[] {"--resume"})
                                .flatMap(Stream::of)
                                .toArray(String[]::new));
        assertThat(resumed.err()).isEmpty();
        assertThat(resumed.exit()).isZero();
        assertThat(report).content().isEqualTo(whole);
        Ran bf16 =
                Ran.command(
                        Stream.of(given(args))
                                .map(arg -> arg.replace("=fp32", "=bf16"))
                                .toArray(String[]::new));
        assertThat(bf16.err()).contains("--resume");
        bf16 =
                Ran.command(
                        Stream.concat(Stream.of(given(args)), Stream.of("--resume"))
                                .map(arg -> arg.replace("=fp32", "=bf16"))
                                .toArray(String[]::new));
        assertThat(bf16.exit()).isEqualTo(2);
        assertThat(bf16.err()).contains("made otherwise");
    }

    @Test
    void damagedAndMissingPicturesAreListed() throws IOException {
        Path damaged = Files.writeString(place.resolve("damaged.png"), "no picture");
        Path rows = place.resolve("rows.jsonl");
        String good = folder.resolve("poor/base/0.png").toString();
        Files.write(
                rows,
                Stream.of(damaged.toString(), good, "missing.png")
                        .map(
                                image ->
                                        "{\"model\": \"A\", \"prompt\": \"a ball\", \"image\": \""
                                                + image
                                                + "\"}")
                        .toList());
        Ran ran = run("--manifest=" + rows);
        assertThat(ran.exit()).isEqualTo(1);
        assertThat(ran.out()).contains("3 pictures of 1 prompts", "(2 pictures without a score)");
        assertThat(ran.err())
                .contains("row 1, A by ICT", "damaged.png", "row 3, A by ICT", "missing.png")
                .doesNotContain("\tat ");
    }

    @Test
    void refusesWhatCannotBeDone() throws IOException {
        Path empty = Files.writeString(place.resolve("empty.jsonl"), "");
        Path twice = place.resolve("twice.csv");
        Files.writeString(twice, "model,prompt,image\nA,p,x.png\nA,p,x.png\n");
        String ok = "--manifest=" + manifest;
        refused("name --manifest", given());
        refused("name --manifest", given(ok, "--images=A=" + folder));
        refused("MODEL=DIR", given("--images=" + folder));
        refused("given twice", given("--images=A=" + folder, "--images=A=" + folder));
        refused("has no rows", given("--manifest=" + empty));
        refused("rows 1 and 2", given("--manifest=" + twice));
        refused("not a folder", given("--images=A=" + folder.resolve("none")));
        refused("table.pdf", given(ok, "--report=table.pdf"));
        refused("--state", given(ok, "--resume"));
        refused("cannot write", given(ok, "--state=" + place.resolve("none/s.jsonl")));
        refused("resamples", given(ok, "--resamples=0"));
        refused("not added up", given(ok, "--reward=hp=" + Miniature.hp() + ":0.5"));
        refused("--reward", "table", ok);
        refused("hp: ", "table", ok, "--reward=hp=" + folder.resolve("none"));
    }

    private static void refused(String saying, String... args) {
        Ran ran = Ran.command(args);
        assertThat(ran.exit()).as(String.join(" ", args)).isEqualTo(2);
        assertThat(ran.err()).contains(saying).doesNotContain("\tat ");
        assertThat(ran.out()).isEmpty();
    }
}
