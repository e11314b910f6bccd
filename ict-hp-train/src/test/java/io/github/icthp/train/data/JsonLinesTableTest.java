package io.github.icthp.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

class JsonLinesTableTest {

    private static final String GOOD =
            """
            {"easy_prompt":"a","refine_prompt":"b","easy_image_0":"0","easy_image_1":"1",\
            "refine_image":"2","E1":0,"E2":1,"R1":0.5,"R2":1e-3,"extra":[1,{"x":2}]}\
            """;

    @TempDir private Path folder;

    @Test
    void readsRowsInAnyOrderPastBlankLinesAndOddBreaks() throws IOException {
        Path file =
                write("\uFEFF" + GOOD + "\r\n\n  \n" + GOOD.replace("\"a\"", "\"é\\n🐉\"") + "\n");
        try (TripletTable table = TripletTable.open(file, true)) {
            assertThat(table.size()).isEqualTo(2);
            assertThat(table.labeled()).isTrue();
            assertThat(table.row(1).easyPrompt()).isEqualTo("é\n🐉");
            assertThat(table.row(0).easyPrompt()).isEqualTo("a");
            assertThat(table.row(0).images()).containsExactly("0", "1", "2");
            assertThat(table.row(0).targets()).contains(new IctTargets(0, 1, 0.5, 1e-3));
        }
    }

    @Test
    void numbersThatPythonWritesAreNotInTheWay() throws IOException {
        Path other = write(GOOD.replace("{\"x\":2}", "NaN,-Infinity"));
        try (TripletTable table = TripletTable.open(other, true)) {
            assertThat(table.row(0).easyPrompt()).isEqualTo("a");
        }
        Path needed = write(GOOD + "\n" + GOOD.replace("\"a\"", "NaN"));
        try (TripletTable table = TripletTable.open(needed, true)) {
            assertThatThrownBy(() -> table.row(1))
                    .isInstanceOf(BadRowException.class)
                    .hasMessageContaining(needed.toString())
                    .hasMessageContaining("easy_prompt")
                    .hasMessageContaining("got nothing: null or NaN")
                    .hasMessageNotContaining("JsonReader");
        }
        Path single = write(GOOD + "\n" + GOOD.replace("\"a\"", "'a'"));
        try (TripletTable table = TripletTable.open(single, true)) {
            assertThatThrownBy(() -> table.row(1))
                    .hasMessageContaining("JSON has no such value")
                    .hasMessageNotContaining("JsonReader");
        }
    }

    @Test
    void labelsMayBeLeftOutTogether() throws IOException {
        Path file = write(GOOD.replaceAll(",\"E1\".*", "}"));
        try (TripletTable table = TripletTable.open(file, true)) {
            assertThat(table.labeled()).isFalse();
            assertThat(table.row(0).targets()).isEmpty();
        }
        Path partly = write(GOOD.replace("\"R1\":0.5,", ""));
        assertThatThrownBy(() -> TripletTable.open(partly, true))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("[R1]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"E1\":0   | \"E1\":NaN         | E1",
                "\"E1\":0   | \"E1\":null        | E1",
                "\"E1\":0   | \"E1\":1.0000001   | E1",
                "\"E1\":0   | \"E1\":-1e-9       | E1",
                "\"E1\":0   | \"E1\":\"0.5\"     | E1",
                "\"E1\":0   | \"E1\":true        | E1",
                "\"E1\":0   | \"E1\":1e999       | E1",
                "\"E1\":0   | \"E2\":0           | E2",
                "\"E1\":0,  | ``                 | E1",
                "\"a\"      | 7                  | easy_prompt",
                "\"a\"      | {\"x\":1}          | easy_prompt",
                "\"b\"      | null               | refine_prompt",
                "\"2\"      | []                 | refine_image",
                "]}         | ]                  | (line)",
                "]}         | ]} x               | (line)",
            })
    void aBadRowIsNamedAndTheOthersStayGood(String from, String to, String column)
            throws IOException {
        String bad = GOOD.replace(from, to);
        assertThat(bad).isNotEqualTo(GOOD);
        Path file = write(GOOD + "\n" + bad + "\n" + GOOD);
        try (TripletTable table = TripletTable.open(file, true)) {
            assertThatThrownBy(() -> table.row(1))
                    .isInstanceOf(BadRowException.class)
                    .hasMessageContaining("row 1, column " + column + ":")
                    .hasMessageContaining(file.toString());
            assertThat(table.row(2)).isEqualTo(table.row(0));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"easy_prompt", "[]", "{\"easy_prompt\":\"a\"}"})
    void aBadFirstRowIsBadAlone(String bad) throws IOException {
        Path file = write(bad + "\n" + GOOD);
        try (TripletTable table = TripletTable.open(file, true)) {
            assertThat(table.labeled()).isTrue();
            assertThatThrownBy(() -> table.row(0))
                    .isInstanceOf(BadRowException.class)
                    .hasMessageContaining("row 0");
            assertThat(table.row(1).easyPrompt()).isEqualTo("a");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"easy_prompt", "{\"easy_prompt\": 'a'}"})
    void brokenJsonIsNamedByTheLineOfTheFile(String broken) throws IOException {
        Path file = write("\n" + GOOD + "\n\n \n" + broken + "\n\n" + GOOD);
        try (TripletTable table = TripletTable.open(file, true)) {
            assertThatThrownBy(() -> table.row(1))
                    .hasMessageContaining("row 1, column ")
                    .hasMessageContaining("at character ")
                    .hasMessageContaining("(line 5 of the file; lines count from 1, rows from 0)")
                    .hasMessageNotContaining("line 1 column");
            assertThat(table.row(2)).isEqualTo(table.row(0));
        }
    }

    @Test
    void aCutLastLineIsABadRow() throws IOException {
        Path file = write(GOOD + "\n" + GOOD.substring(0, 40));
        try (TripletTable table = TripletTable.open(file, true)) {
            assertThat(table.row(0).easyPrompt()).isEqualTo("a");
            assertThatThrownBy(() -> table.row(1)).isInstanceOf(BadRowException.class);
        }
    }

    @Test
    void aLineWithoutEndIsABadRow() throws IOException {
        Path file = write(GOOD + "\n" + GOOD.replace("\"a\"", '"' + "a".repeat(17 << 20) + '"'));
        try (TripletTable table = TripletTable.open(file, true)) {
            assertThatThrownBy(() -> table.row(1))
                    .isInstanceOf(BadRowException.class)
                    .hasMessageContaining("row 1")
                    .hasMessageContaining("at most 16777216 bytes");
        }
    }

    @Test
    void bytesThatAreNotUtf8AreABadRow() throws IOException {
        Path file = folder.resolve("t.jsonl");
        Files.write(
                file,
                (GOOD + "\n" + GOOD.replace("\"a\"", "\"é\""))
                        .getBytes(StandardCharsets.ISO_8859_1));
        try (TripletTable table = TripletTable.open(file, true)) {
            assertThatThrownBy(() -> table.row(1))
                    .isInstanceOf(BadRowException.class)
                    .hasMessageContaining("UTF-8");
        }
    }

    @Test
    void deepNestingDoesNotOverflow() throws IOException {
        String deep = "[".repeat(100_000) + "]".repeat(100_000);
        Path file = write(GOOD + "\n" + GOOD.replace("[1,{\"x\":2}]", deep));
        try (TripletTable table = TripletTable.open(file, true)) {
            assertThat(table.row(0).easyPrompt()).isEqualTo("a");
            try {
                assertThat(table.row(1).easyPrompt()).isEqualTo("a");
            } catch (BadRowException refused) {
                assertThat(refused.row()).isEqualTo(1);
            }
        }
    }

    @Test
    void anEmptyFileHasNoRows() throws IOException {
        try (TripletTable table = TripletTable.open(write("\n\n"), true)) {
            assertThat(table.size()).isZero();
        }
    }

    @Test
    void wrongFilesAreRefused() throws IOException {
        assertThatThrownBy(() -> TripletTable.open(folder.resolve("absent.jsonl"), true))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("absent.jsonl");
        Path csv = Files.writeString(folder.resolve("t.csv"), "a,b");
        assertThatThrownBy(() -> TripletTable.open(csv, true))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("parquet");
        Path columns = write("{\"easy_prompt\":\"a\"}");
        assertThatThrownBy(() -> TripletTable.open(columns, true))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("refine_image");
    }

    @Test
    void readingAfterCloseSaysSo() throws IOException {
        TripletTable table = TripletTable.open(write(GOOD), true);
        table.close();
        assertThatThrownBy(() -> table.row(0)).hasMessageContaining("closed");
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("t.jsonl"), text);
    }
}
