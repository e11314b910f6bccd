package io.github.icthp.train.pickhigh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.ImageSource;
import io.github.icthp.train.data.DatasetException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class BasePromptsTest {

    @TempDir private Path temporary;

    private static List<SourceRow> rows(Path file) {
        List<SourceRow> rows = new ArrayList<>();
        new PromptSource(file).each(rows::add);
        return rows;
    }

    @Test
    void invisible() {
        assertThat(BasePrompts.cleaned(" a\u202ecat\u200b,\u0007\t red\u0000\ufeff "))
                .isEqualTo("acat, red");
    }

    @Test
    void leavesOutWhatIsNoBasePrompt() throws IOException {
        Path file =
                Files.writeString(
                        temporary.resolve("p.txt"),
                        "a red fox\n  \nA  RED fox.\n一只红狐狸\n42!\n"
                                + "a cat ".repeat(40)
                                + "\nun renard été\n");
        BasePrompts prompts = new BasePrompts(new PromptSource(file), 30, 0, 0);
        BasePrompts.Selection selection = prompts.select();
        BasePrompts.Counts counts = selection.counts();
        assertThat(counts.rows).isEqualTo(7);
        assertThat(counts.empty).isEqualTo(1);
        assertThat(counts.repeated).isEqualTo(1);
        assertThat(counts.language).isEqualTo(2);
        assertThat(counts.tooLong).isEqualTo(1);
        assertThat(counts.taken).isEqualTo(2);
        List<String> taken = new ArrayList<>();
        prompts.each(selection, row -> taken.add(row.prompt()));
        assertThat(taken).containsExactly("a red fox", "un renard été");
    }

    @Test
    void drawsTheSameSampleForASeed() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            text.append("prompt number ").append(i).append('\n');
        }
        Path file = Files.writeString(temporary.resolve("p.txt"), text.toString());
        BasePrompts.Selection first = new BasePrompts(new PromptSource(file), 30, 50, 1).select();
        assertThat(first.wanted().cardinality()).isEqualTo(50);
        assertThat(new BasePrompts(new PromptSource(file), 30, 50, 1).select().wanted())
                .isEqualTo(first.wanted());
        assertThat(new BasePrompts(new PromptSource(file), 30, 50, 2).select().wanted())
                .isNotEqualTo(first.wanted());
        // Spread over the source, not its beginning.
        assertThat(first.wanted().get(250, 500).cardinality()).isBetween(12, 38);
    }

    @Test
    void readsCsvWithQuotes() throws IOException {
        Path file =
                Files.writeString(
                        temporary.resolve("p.csv"),
                        "caption,image_0,image_1,label_0\r\n"
                                + "\"a \"\"red\"\" fox,\n"
                                + "at dawn\",a.png,b.png,1\r\n"
                                + "a cat,c.png,d.png,0.5\n");
        List<SourceRow> rows = rows(file);
        assertThat(rows).hasSize(2);
        assertThat(rows.get(0).prompt()).isEqualTo("a \"red\" fox,\nat dawn");
        assertThat(rows.get(0).preferred()).isEqualTo(ImageSource.of(temporary.resolve("a.png")));
        assertThat(rows.get(0).rejected()).isEqualTo(ImageSource.of(temporary.resolve("b.png")));
        assertThat(rows.get(1).tie()).isTrue();
        refuses(
                "q.csv",
                "caption,x\n\na, b, c\n",
                "q.csv, line 3: the header has 2 fields, this row 3");
        refuses("r.csv", "caption\na\n\"b\n", "r.csv, line 3: a quote is not closed");
        refuses("s.csv", "caption\n\"a\" b\n", "s.csv, line 2: text follows a closing quote");
        refuses(
                "t.csv",
                "caption,caption\na,b\n",
                "t.csv, line 1: a header must name a column once");
    }

    private void refuses(String name, String text, String problem) throws IOException {
        Path file = Files.writeString(temporary.resolve(name), text);
        assertThatThrownBy(() -> rows(file))
                .isInstanceOf(DatasetException.class)
                .hasMessageStartingWith("base prompts: ")
                .hasMessageContaining(problem);
    }

    @Test
    void readsOnlyUtf8WithOrWithoutAMark() throws IOException {
        String mark = "\uFEFF";
        Path csv = Files.writeString(temporary.resolve("m.csv"), mark + "caption\na fox\n");
        assertThat(rows(csv)).extracting(SourceRow::prompt).containsExactly("a fox");
        Path text = Files.writeString(temporary.resolve("m.txt"), mark + "a fox\n");
        assertThat(rows(text)).extracting(SourceRow::prompt).containsExactly("a fox");
        for (String name : List.of("l.csv", "l.txt", "l.jsonl")) {
            Path file = temporary.resolve(name);
            Files.write(
                    file, "{\"caption\": \"\u00e9t\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1));
            assertThatThrownBy(() -> rows(file))
                    .isInstanceOf(DatasetException.class)
                    .hasMessageContaining(name + " cannot be read: it is not UTF-8");
        }
    }

    @Test
    void asksForAColumnOfPrompts() throws IOException {
        refuses(
                "u.csv",
                "text,label_0\na fox,1\n",
                "expected one of the columns [caption, prompt, easy_prompt]");
        refuses("u.jsonl", "{\"text\": \"a fox\"}\n", "u.jsonl, got [text]");
        refuses(
                "v.jsonl",
                "{\"caption\": \"a fox\"}\n\n[1]\n",
                "v.jsonl, line 3: expected a JSON object a line, got [1]");
    }

    @Test
    void failsPicturesAloneThatCannotBe() throws IOException {
        Path file =
                Files.writeString(
                        temporary.resolve("w.csv"),
                        "caption,jpg_0,jpg_1,label_0\na fox,0x01ff,0x0g,1\n");
        SourceRow row = rows(file).get(0);
        assertThat(bytes(row.preferred())).isEqualTo(new byte[] {1, -1});
        assertThatThrownBy(() -> bytes(row.rejected()))
                .hasMessageContaining("expected bytes in hexadecimal digits");
    }

    /**
     * The file is of pandas: {@code caption}, {@code jpg_0}, {@code jpg_1}, {@code label_0},
     * others.
     */
    @Test
    void readsPickApicsParquet() {
        byte[][] pictures = {{1, 2, (byte) 255}, {3, 4}};
        List<SourceRow> rows =
                rows(Path.of("src/test/resources/io/github/icthp/train/pickhigh/pickapic.parquet"));
        assertThat(rows)
                .extracting(SourceRow::prompt)
                .containsExactly("a fox 0", "a fox 1", "a fox 2");
        assertThat(bytes(rows.get(0).rejected())).isEqualTo(pictures[0]);
        assertThat(bytes(rows.get(0).preferred())).isEqualTo(pictures[1]);
        assertThat(rows.get(1).tie()).isTrue();
        assertThat(bytes(rows.get(2).preferred())).isEqualTo(pictures[0]);
    }

    private static byte[] bytes(ImageSource source) {
        try {
            return ((ImageSource.Encoded) source).bytes().get();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void refusesOtherFiles() {
        assertThatThrownBy(() -> rows(temporary.resolve("none.txt")))
                .hasMessageContaining("there is no file");
        assertThatThrownBy(() -> rows(Files.writeString(temporary.resolve("p.xml"), "<p/>")))
                .hasMessageContaining("txt, csv, jsonl or parquet");
        assertThatThrownBy(
                        () ->
                                rows(
                                        Files.writeString(
                                                temporary.resolve("p.jsonl"), "{\"caption\": ")))
                .hasMessageContaining("a JSON object a line");
    }
}
