package io.github.icthp.examples.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.gson.JsonObject;

import io.github.icthp.ImageSource;
import io.github.icthp.examples.Ran;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.testing.SampleModel;
import io.github.icthp.examples.testing.SamplePictures;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import javax.imageio.ImageIO;

/** The verb score on random weights and drawn pictures. */
class ScoreCommandTest {

    @TempDir static Path folder;

    private static String weights;
    private static String first;
    private static String second;

    @BeforeAll
    static void drawAndMakeWeights() throws IOException {
        weights = SampleModel.write(folder.resolve("weights")).toString();
        first = draw("first.png", 0);
        second = draw("second picture, \"refined\".png", 2);
    }

    private static String draw(String name, int which) throws IOException {
        ImageSource.Drawn drawn = (ImageSource.Drawn) SamplePictures.all().get(which).image();
        BufferedImage picture = drawn.picture().get();
        Path file = folder.resolve(name);
        ImageIO.write(picture, "png", file.toFile());
        return file.toString();
    }

    private static Ran score(String... more) {
        String[] model = {"score", "--ict", weights, "--hp", weights, "--precision", "fp32"};
        return Ran.command(Stream.of(model, more).flatMap(Stream::of).toArray(String[]::new));
    }

    @Test
    void tellsOneObjectPerImageInOrder() {
        Ran ran = score("--prompt", "a red ball", "--json", second, first);
        assertThat(ran.exit()).isZero();
        assertThat(ran.err()).isEmpty();
        List<JsonObject> lines = ran.json();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0).keySet())
                .containsExactly("image", "prompt", "ict", "hp", "combined");
        assertThat(lines.get(0).get("image").getAsString()).isEqualTo(second);
        assertThat(lines.get(1).get("image").getAsString()).isEqualTo(first);
        for (JsonObject line : lines) {
            assertThat(line.get("prompt").getAsString()).isEqualTo("a red ball");
            double product = line.get("ict").getAsDouble() * line.get("hp").getAsDouble();
            assertThat(line.get("combined").getAsDouble()).isCloseTo(product, within(1e-12));
        }
        assertThat(lines.get(0).get("ict")).isNotEqualTo(lines.get(1).get("ict"));
    }

    @Test
    void tellsOnceOfAPromptThatIsLongerThanTheModelReads() {
        Ran ran = score("--prompt", "a red ball ".repeat(100), first, second);
        assertThat(ran.exit()).isZero();
        assertThat(
                        ran.err()
                                .lines()
                                .filter(line -> line.contains("does not read the end of a prompt")))
                .singleElement()
                .asString()
                .contains("tokens of 'a red ball a red ball", "...'", "shorten it");
    }

    @Test
    void leavesOutTheModelThatIsNotNamed() {
        Ran ict = Ran.command("score", "--ict", weights, "--prompt", "a ball", "--json", first);
        assertThat(ict.exit()).isZero();
        assertThat(ict.json().get(0).keySet()).containsExactly("image", "prompt", "ict");
        Ran hp =
                Ran.command("score", "--hp", weights, "--base", weights + "/base", "--json", first);
        assertThat(hp.exit()).isZero();
        assertThat(hp.json().get(0).keySet()).containsExactly("image", "hp");
    }

    @Test
    void saysWhatWasAssumed() throws IOException {
        Path base = Files.createDirectories(folder.resolve("shape only"));
        Files.copy(Path.of(weights, "base/config.json"), base.resolve("config.json"));
        Files.copy(Path.of(weights, "ICT/model.safetensors"), base.resolve("model.safetensors"));
        Ran ran =
                Ran.command(
                        "score", "--ict", base.toString(), "--prompt", "a ball", "--json", first);
        assertThat(ran.exit()).isZero();
        assertThat(ran.err())
                .contains("note: image settings assumed, no preprocessor_config.json was found");
        assertThat(ran.json()).hasSize(1);
        assertThat(ran.json().get(0).get("assumption").getAsString())
                .startsWith("image settings assumed, no preprocessor_config.json was found");
    }

    @Test
    void namesTheArchitecturesItKnows() {
        Ran ran = score("--architecture", "ViT-X", first);
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains("ViT-B-32-quickgelu").contains("got 'ViT-X'");
    }

    @Test
    void printsATableForPeople() {
        Ran ran = score("--prompt", "a red ball", first, second);
        assertThat(ran.exit()).isZero();
        assertThat(ran.out().lines()).hasSize(3);
        assertThat(ran.out().lines().findFirst().orElseThrow().split(" +"))
                .contains("ICT", "HP", "ICT-HP", "image");
        assertThat(ran.out()).contains(first, second);
    }

    @Test
    void readsCsvWithQuotesAndNewlines() throws IOException {
        Path csv = folder.resolve("pairs.csv");
        Files.writeString(
                csv,
                "prompt,extra,image\n"
                        + "\"a red ball,\non a \"\"blue\"\" ground\",x,first.png\n"
                        + "plain,y,\"second picture, \"\"refined\"\".png\"\n");
        Ran ran = score("--pairs", csv.toString(), "--json");
        assertThat(ran.exit()).isZero();
        assertThat(ran.json())
                .extracting(line -> line.get("prompt").getAsString())
                .containsExactly("a red ball,\non a \"blue\" ground", "plain");
        assertThat(ran.json())
                .extracting(line -> line.get("image").getAsString())
                .containsExactly("first.png", "second picture, \"refined\".png");
    }

    @Test
    void readsWhatSpreadsheetsWrite() throws IOException {
        Path csv = folder.resolve("spreadsheet.csv");
        Files.writeString(csv, "\uFEFFimage,prompt\r\nfirst.png,a b\u00e4ll\r\n");
        Path jsonl = folder.resolve("marked.jsonl");
        Files.writeString(jsonl, "\uFEFF{\"image\": \"first.png\", \"prompt\": \"a b\u00e4ll\"}");
        List<JsonObject> scores = score("--pairs", csv.toString(), "--json").json();
        assertThat(scores).hasSize(1);
        assertThat(scores.get(0).get("prompt").getAsString()).isEqualTo("a b\u00e4ll");
        assertThat(score("--pairs", jsonl.toString(), "--json").json()).isEqualTo(scores);
    }

    @Test
    void readsJsonLinesAndScoresThemAsSingleImages() throws IOException {
        Path jsonl = folder.resolve("pairs.jsonl");
        Files.writeString(
                jsonl,
                "{\"image\": \"first.png\", \"prompt\": \"a ball\"}\n\n"
                        + "{\"image\": \"first.png\"}\n");
        Ran ran = score("--pairs", jsonl.toString(), "--prompt", "a house", "--json");
        assertThat(ran.exit()).isZero();
        double ball = ran.json().get(0).get("ict").getAsDouble();
        double house = ran.json().get(1).get("ict").getAsDouble();
        double alone =
                score("--prompt", "a house", "--json", first)
                        .json()
                        .get(0)
                        .get("ict")
                        .getAsDouble();
        assertThat(house).isCloseTo(alone, within(1e-6)).isNotEqualTo(ball);
    }

    @Test
    void scoresTheOthersWhenAnImageIsMissing() {
        String missing = folder.resolve("missing.png").toString();
        Ran json = score("--prompt", "a ball", "--json", first, missing, second);
        assertThat(json.exit()).isEqualTo(1);
        assertThat(json.json()).hasSize(3);
        assertThat(json.json().get(1).keySet()).containsExactly("image", "error");
        assertThat(json.json().get(1).get("error").getAsString()).contains("missing.png");
        assertThat(json.json().get(2).has("combined")).isTrue();
        Ran table = score("--prompt", "a ball", first, missing);
        assertThat(table.exit()).isEqualTo(1);
        assertThat(table.err()).contains("missing.png").doesNotContain("\tat ");
    }

    @Test
    void refusesWhatCannotBeDone() throws IOException {
        Path csv = folder.resolve("other.csv");
        Files.writeString(csv, "image,prompt\nfirst.png,a\n");
        Path noColumn = folder.resolve("columns.csv");
        Files.writeString(noColumn, "picture,prompt\nfirst.png,a\n");
        Path damaged = folder.resolve("damaged.jsonl");
        Files.writeString(damaged, "[\n{\"image\n");
        refused("no weights", "score", "--prompt", "a", first);
        refused("IMAGE", "score", "--hp", weights);
        refused("--prompt", "score", "--ict", weights, first);
        refused("not both", "score", "--hp", weights, "--pairs", csv.toString(), first);
        refused("it names [picture, prompt]", "score", "--hp", weights, "--pairs", "" + noColumn);
        Path empty = Files.writeString(folder.resolve("empty.csv"), "image,prompt\n");
        refused("has no rows", "score", "--hp", weights, "--pairs", "" + empty);
        Path latin = folder.resolve("latin.csv");
        Files.writeString(latin, "image,prompt\nfirst.png,caf\u00e9\n", ISO_8859_1);
        refused("not UTF-8", "score", "--ict", weights, "--pairs", "" + latin);
        Path lines = Files.write(folder.resolve("latin.jsonl"), Files.readAllBytes(latin));
        refused("not UTF-8", "score", "--ict", weights, "--pairs", "" + lines);
        refused(
                "line 1 is not a JSON object",
                "score",
                "--hp",
                weights,
                "--pairs",
                damaged.toString());
        refused(".jsonl or .csv", "score", "--hp", weights, "--pairs", first);
        refused("fp64", "score", "--hp", weights, "--precision", "fp64", first);
        refused("cpu, gpu or gpu:N", "score", "--hp", weights, "--device", "tpu", first);
        refused("gpu:77", "score", "--hp", weights, "--device", "gpu:77", first);
        refused("1..1024", "score", "--hp", weights, "--batch", "0", first);
        refused("no file or folder", "score", "--hp", weights + "-none", first);
        refused("--resize", "score", "--hp", weights, "--resize", first);
        refused("verb");
    }

    private static void refused(String saying, String... args) {
        Ran ran = Ran.command(args);
        assertThat(ran.exit()).as(String.join(" ", args)).isEqualTo(2);
        assertThat(ran.err()).contains(saying).doesNotContain("\tat ");
        assertThat(ran.out()).isEmpty();
    }

    @Test
    void explainsItself() {
        Ran help = Ran.command("score", "--help");
        assertThat(help.exit()).isZero();
        assertThat(help.out()).contains("--ict", "--pairs", "--precision", "IMAGE");
        Ran version = Ran.command("--version");
        assertThat(version.exit()).isZero();
        assertThat(version.out()).startsWith("ict-hp ");
    }

    @Test
    void scoresByAnyScorerThatIsNamed() {
        String clip = weights + "/ICT";
        Ran json =
                Ran.command(
                        "score",
                        "--reward",
                        "pickscore=" + clip,
                        "--prompt",
                        "a ball",
                        "--json",
                        first,
                        second);
        assertThat(json.exit()).as(json.err()).isZero();
        assertThat(json.json()).hasSize(2);
        assertThat(json.json().get(0).keySet())
                .containsExactly("image", "prompt", "pickscore", "assumption");
        assertThat(json.json().get(0).get("assumption").getAsString()).contains("taken on trust");
        Ran table = Ran.command("score", "--reward", "clip=" + clip, "--prompt", "a ball", first);
        assertThat(table.exit()).as(table.err()).isZero();
        assertThat(table.out()).contains("CLIP (cosine)");
        Ran promptless =
                Ran.command(
                        "score",
                        "--reward",
                        "aesthetic=" + clip + "," + weights + "/HP/hp_scorer/model.safetensors",
                        "--json",
                        first);
        assertThat(promptless.exit()).as(promptless.err()).isZero();
        assertThat(promptless.json().get(0).keySet()).containsExactly("image", "aesthetic");
    }

    @Test
    void agreesWithTheOptionsOfIctAndHp() {
        Ran old = score("--prompt", "a red ball", "--json", first, second);
        Ran named =
                Ran.command(
                        "score",
                        "--reward",
                        "ict-hp=" + weights,
                        "--precision",
                        "fp32",
                        "--prompt",
                        "a red ball",
                        "--json",
                        first,
                        second);
        assertThat(named.err()).isEmpty();
        assertThat(named.out()).isEqualTo(old.out());
    }

    @Test
    void refusesAScorerThatCannotBeUsed() {
        Ran unknown = Ran.command("score", "--reward", "picscore=" + weights, first);
        assertThat(unknown.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(unknown.err()).contains("--reward", "pickscore, hps", "got 'picscore=");
        Ran both = score("--reward", "pickscore=" + weights, "--prompt", "a", first);
        assertThat(both.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(both.err()).contains("name --reward, or --ict and --hp, not both");
        Ran missing =
                Ran.command(
                        "score", "--reward", "hps=" + weights + "/none", "--prompt", "a", first);
        assertThat(missing.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(missing.err()).contains("hps: ", weights + "/none");
        String hps = "hps=" + weights + "/ICT";
        Ran two = Ran.command("score", "--reward", hps, "--reward", hps, "--prompt", "a", first);
        assertThat(two.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(two.err()).contains("expected one --reward, got 2");
    }
}
