package io.github.icthp.train.evaluation.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.train.data.DatasetException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

class PictureRowsTest {

    @TempDir Path folder;

    private static List<PictureRow> all(PictureRows rows) {
        try (Stream<PictureRow> open = rows.open()) {
            return open.toList();
        }
    }

    private List<PictureRow> manifest(String name, String text) throws IOException {
        return all(PictureRows.manifest(Files.writeString(folder.resolve(name), text)));
    }

    private void refused(String name, String text, String... saying) {
        assertThatThrownBy(() -> manifest(name, text))
                .isInstanceOf(DatasetException.class)
                .hasMessageContainingAll(saying);
    }

    private static String words(PictureRow row) {
        return row.model() + "|" + row.condition() + "|" + row.promptId() + "|" + row.prompt();
    }

    @Test
    void readsCsv() throws IOException {
        List<PictureRow> rows =
                manifest(
                        "m.csv",
                        "\uFEFFmodel,condition,prompt_id,prompt,image,seed\r\n"
                                + "SDXL,base,7,\"a cat, \"\"big\"\"\nand red\",a/1.png,3\r\n"
                                + "\r\n"
                                + "SDXL, Refined ,7,a çat,b.png,\n"
                                + "FLUX,,,a dog,c.png,4");
        assertThat(rows)
                .extracting(PictureRowsTest::words)
                .containsExactly(
                        "SDXL|BASE|7|a cat, \"big\"\nand red",
                        "SDXL|REFINED|7|a çat",
                        "FLUX|BASE|a dog|a dog");
        assertThat(rows.get(0).image().name()).isEqualTo(folder.resolve("a/1.png").toString());
    }

    @Test
    void readsJsonLines() throws IOException {
        assertThat(
                        manifest(
                                "m.jsonl",
                                """
                                {"model": "A", "image": "x.png", "prompt": "a cat", "prompt_id": 3}

                                {"model": "A", "image": "/y.png", "prompt": "a cat", "condition":
                                """
                                                .strip()
                                        + " \"refined\", \"meta\": {\"a\": []}, \"prompt_id\": null}"))
                .extracting(PictureRowsTest::words)
                .containsExactly("A|BASE|3|a cat", "A|REFINED|a cat|a cat");
    }

    @Test
    void namesTheLineThatIsDamaged() throws IOException {
        String header = "model,prompt,image,condition\n";
        refused("m.csv", "", "line 1", "model, prompt and image");
        refused("m.csv", "model;prompt;image\n", "line 1", "separated by commas");
        refused("m.csv", "model,prompt,image,image\n", "a column once");
        refused("m.csv", header + "A,a,b.png,base\nA,b,c,b.png,base\n", "line 3", "4 fields");
        refused("m.csv", header + "A,\"a,b.png,base\n", "line 2", "quote is not closed");
        refused("m.csv", header + "A,\"a\"b,b.png,base\n", "line 2", "closing quote");
        refused("m.csv", header + "A,a,b.png,fancy\n", "line 2", "base or refined", "fancy");
        refused("m.csv", header + ",a,b.png,base\n", "line 2", "model is missing");
        refused("m.jsonl", "{\"model\": \"A\"\n", "line 1", "JSON object");
        refused("m.jsonl", "\n[1]\n", "line 2", "JSON object");
        refused("m.jsonl", "{\"model\": \"A\", \"model\": \"B\"}", "line 1", "once");
        refused("m.jsonl", "{\"model\": \"A\", \"image\": \"x\"}", "prompt is missing");
        refused("m.txt", "", ".csv, .jsonl or .ndjson");
        Path latin = folder.resolve("latin.csv");
        Files.write(latin, (header + "A,é,b,base\n").getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> all(PictureRows.manifest(latin)))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("UTF-8");
        assertThatThrownBy(() -> PictureRows.manifest(folder.resolve("none.csv")))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("not a file");
    }

    @Test
    void halfCharactersAreRefused() throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("m.jsonl"),
                        "{\"model\": \"A\", \"image\": \"x\", \"prompt\": \"\\ud83d\"}");
        assertThatThrownBy(() -> RowIndex.of(PictureRows.manifest(file)))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("half a character");
    }

    @Test
    void readsFolders() throws IOException {
        Path plain = Files.createDirectories(folder.resolve("plain"));
        Files.writeString(plain.resolve("a-red_ball-7.png"), "");
        Files.writeString(plain.resolve("b.JPG"), "");
        Files.writeString(plain.resolve("b.txt"), "a blue ball\n");
        Files.writeString(plain.resolve("notes.pdf"), "");
        Path both = folder.resolve("both");
        Path base = Files.createDirectories(both.resolve("base"));
        Path refined = Files.createDirectories(both.resolve("refined"));
        Files.writeString(base.resolve("1.webp"), "");
        Files.writeString(base.resolve("2.webp"), "");
        Files.writeString(
                base.resolve("prompts.jsonl"),
                "{\"file_name\": \"1.webp\", \"prompt\": \"one\"}\n");
        Files.writeString(
                refined.resolve("metadata.jsonl"),
                "{\"file_name\": \"1.webp\", \"text\": \"one, finely lit\"}\n"
                        + "{\"file_name\": \"gone.webp\", \"text\": \"two\", \"prompt_id\": \"2\"}");
        Map<String, Path> folders = new LinkedHashMap<>();
        folders.put("Z", plain);
        folders.put("A", both);
        assertThat(all(PictureRows.folders(folders)))
                .extracting(PictureRowsTest::words)
                .containsExactly(
                        "Z|BASE|a-red_ball-7|a red ball",
                        "Z|BASE|b|a blue ball",
                        "A|BASE|1|one",
                        "A|BASE|2|2",
                        "A|REFINED|1|one, finely lit",
                        "A|REFINED|2|two");
    }

    @Test
    void refusesFoldersWithoutPictures() {
        assertThatThrownBy(() -> PictureRows.folders(Map.of("A", folder)))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("has no pictures");
        assertThatThrownBy(() -> PictureRows.folders(Map.of("A", folder.resolve("none"))))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("is not a folder");
    }
}
