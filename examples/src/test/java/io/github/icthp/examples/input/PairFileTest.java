package io.github.icthp.examples.input;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;

import io.github.icthp.ImageSource;
import io.github.icthp.examples.Ran;
import io.github.icthp.examples.testing.SampleModel;
import io.github.icthp.examples.testing.SamplePictures;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import javax.imageio.ImageIO;

/** Damaged files of pairs: what is refused, what is understood, and what fails alone. */
class PairFileTest {

    @TempDir static Path folder;

    private static String weights;

    @BeforeAll
    static void drawAndMakeWeights() throws IOException {
        weights = SampleModel.write(folder.resolve("weights")).toString();
        ImageSource.Drawn drawn = (ImageSource.Drawn) SamplePictures.all().get(0).image();
        ImageIO.write(drawn.picture().get(), "png", folder.resolve("a.png").toFile());
    }

    private static Ran score(String name, String content, String... more) throws IOException {
        Path file = Files.writeString(folder.resolve(name), content);
        List<String> arguments =
                new ArrayList<>(
                        List.of("score", "--ict", weights, "--pairs", file.toString(), "--json"));
        arguments.addAll(List.of(more));
        return Ran.command(arguments.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "image,prompt/a.png,a car, parked, red|line 2 has 4 fields, the header 2: put prompts with commas in quotes",
                "image,prompt/a.png,b/a.png|line 3 has 1 field, the header 2",
                "image,prompt//a.png,b/ /a.png,b,|line 5 has 3 fields, the header 2",
                "image,prompt/a.png,`\"a car/a.png,b`|line 2: a quote is not closed",
                "image,prompt/a.png,b/a.png,`\"`|line 3: a quote is not closed",
                "image,prompt/a.png,`\"a car/a.png,\"b`|line 2: text follows a closing quote (in line 3)",
                "image,prompt/a.png,`\"a \"red\" car\"`|line 2: text follows a closing quote",
                "image,prompt,prompt/a.png,b,c|line 1: the header names prompt 2 times",
                "image, image,prompt/a.png,b,c|line 1: the header names image 2 times",
                "image;prompt/a.png;b|separate columns by commas",
                "Picture,prompt/a.png,b|it names [Picture, prompt]",
                "Image,IMAGE,prompt/a.png,b,c|the header names image 2 times: [Image, IMAGE, prompt]; name it once, in lower case",
                "``|line 1 must be a header with a column image; the file is empty",
                "image,prompt|has no rows",
            })
    void refusesTablesWhoseRowsCannotBeToldApart(String rows, String saying) throws IOException {
        Ran ran = score("refused.csv", rows.replace("`", "").replace('/', '\n'));
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains("refused.csv", saying).doesNotContain("\tat ", "Usage");
        assertThat(ran.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "` image, prompt /a.png,a car/`",
                "`image,prompt/a.png, \"a car\" /`",
                "`\uFEFF\"image\" ,prompt///a.png,a car`",
                "`Image,Prompt/a.png,a car`",
                "`PROMPT,image,Prompt,prompt/x,a.png,y,a car`",
                "`image,prompt,,/a.png,a car,,/   /`",
                "`prompt,\"note, and more\",note,note,image/a car,\"x/\"\"y\",,,a.png`",
            })
    void understandsWhatCanBeReadInOneWayOnly(String rows) throws IOException {
        for (String lineBreak : List.of("\n", "\r\n", "\r")) {
            Ran ran = score("understood.csv", rows.replace("/", lineBreak));
            assertThat(ran.err()).isEmpty();
            assertThat(ran.json()).hasSize(1);
            assertThat(ran.json().get(0).get("prompt").getAsString()).isEqualTo("a car");
            assertThat(ran.json().get(0).has("ict")).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"image\": \"a.png|is not a JSON object: {\"image\": \"a.png",
                "[\"a.png\", \"b\"]|is not a JSON object",
                "{\"image\": \"a.png\", \"prompt\": \"b\"} {}|is not a JSON object",
                "{'image': 'a.png', 'prompt': 'b'}|is not a JSON object",
                "{\"image\": \"a.png\", \"prompt\": NaN}|has no prompt",
                "{\"image\": \"a.png\", \"prompt\": 5}|: prompt must be a text, got a JSON number",
                "{\"image\": [\"a.png\"], \"prompt\": \"b\"}|: image must be a text, got a JSON array",
                "{\"image\": \"a.png\", \"prompt\": \"b\", \"prompt\": \"c\"}|: prompt is given twice",
                "{\"image\": \"a.png\", \"prompt\": null}|has no prompt",
                "{\"image\": \"a.png\"}|has no prompt",
                "{\"image\": \" \", \"prompt\": \"b\"}|has no image",
                "{\"image\": \"a.png\", \"prompt\": \"\\ud83d\"}|half a character",
                "{\"image\": \"a\\u0000.png\", \"prompt\": \"b\"}|cannot be the name of a file",
            })
    void aBadLineFailsAloneWithItsNumber(String bad, String saying) throws IOException {
        String good = "{\"image\": \"a.png\", \"prompt\": \"a car\", \"n\": [{\"x\": null}]}\n";
        Ran ran = score("pairs.jsonl", good + "\n" + bad + "\n" + good);
        assertThat(ran.exit()).isEqualTo(1);
        List<JsonObject> lines = ran.json();
        assertThat(lines).hasSize(3);
        assertThat(lines.get(1).get("error").getAsString())
                .contains("pairs.jsonl, line 3", saying)
                .doesNotContain("setStrictness", "Exception");
        assertThat(lines.get(0).get("ict")).isEqualTo(lines.get(2).get("ict"));
        assertThat(lines.get(0).get("ict").getAsDouble()).isFinite();
    }

    @Test
    void aNameThatIsNoPathFailsAloneInTablesToo() throws IOException {
        Ran ran = score("names.csv", "image,prompt\na.png,b\na\0.png,b\n,b\na.png,b\n");
        assertThat(ran.exit()).isEqualTo(1);
        assertThat(ran.json()).hasSize(4);
        assertThat(ran.json().get(1).get("error").getAsString())
                .contains("names.csv, line 3: 'a\0.png' cannot be the name of a file")
                .doesNotContain("Exception", "cannot decode");
        assertThat(ran.json().get(2).get("error").getAsString()).contains("line 4 has no image");
        assertThat(ran.json().get(3).has("ict")).isTrue();
    }

    @Test
    void withoutAUsableRowNothingIsScored() throws IOException {
        Ran ran = score("pairs.jsonl", "{\"prompt\": \"a\"}\n[]\n");
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains("no row can be used", "line 1 has no image");
        Ran otherwise = score("pairs.jsonl", "{\"image\": \"a.png\"}\n", "--prompt", "a");
        assertThat(otherwise.exit()).isZero();
    }
}
