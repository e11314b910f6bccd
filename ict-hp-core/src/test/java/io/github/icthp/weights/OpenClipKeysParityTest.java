package io.github.icthp.weights;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import io.github.icthp.testing.Golden;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The same model saved in both namings is the same model. */
class OpenClipKeysParityTest {

    @TempDir Path temp;

    @TestFactory
    Stream<DynamicTest> bothNamingsHoldTheSameModel() {
        return Golden.cases("clip").stream()
                .map(
                        folder ->
                                DynamicTest.dynamicTest(
                                        folder.getFileName().toString(), () -> check(folder)));
    }

    @Test
    void namesAreTheReferencesNames() {
        JsonObject names = Golden.json(Golden.facts("clip/architectures/open_clip_names.json"));
        JsonArray rows = names.getAsJsonArray("rows");
        assertThat(rows).isNotEmpty();
        rows.forEach(
                element -> {
                    JsonObject row = element.getAsJsonObject();
                    List<String> huggingFace =
                            row.getAsJsonArray("hugging_face").asList().stream()
                                    .map(name -> name.getAsString())
                                    .toList();
                    OpenClipNames.Parameter expected =
                            new OpenClipNames.Parameter(
                                    row.get("open_clip").getAsString(),
                                    huggingFace,
                                    rule(row.get("rule").getAsString()));
                    assertThat(OpenClipNames.byOpenClip(expected.openClip())).contains(expected);
                    for (String name : huggingFace) {
                        assertThat(OpenClipNames.byHuggingFace(name)).contains(expected);
                    }
                });
    }

    private void check(Path folder) {
        Path unpacked = Golden.unpack(folder, temp.resolve(folder.getFileName()));
        Path openClip = unpacked.resolve("open_clip_pytorch_model.bin");
        Path huggingFace = unpacked.resolve("model.safetensors");
        try (Weights expected = Weights.open(huggingFace);
                Weights view = OpenClipKeys.toHuggingFace(Weights.open(openClip))) {
            assertSame(view, expected);
            assertThat(OpenClipKeys.toHuggingFace(expected)).isSameAs(expected);
        }
        try (Weights expected = Weights.open(openClip);
                Weights view = OpenClipKeys.toOpenClip(Weights.open(huggingFace))) {
            assertSame(view, expected);
            assertThat(OpenClipKeys.toOpenClip(expected)).isSameAs(expected);
        }
    }

    private static void assertSame(Weights view, Weights expected) {
        assertThat(view.names()).containsExactlyInAnyOrderElementsOf(expected.names());
        for (String name : expected.names()) {
            assertThat(view.info(name)).isEqualTo(expected.info(name));
            assertThat(view.data(name)).as(name).isEqualTo(expected.data(name));
        }
    }

    private static OpenClipNames.Rule rule(String name) {
        return name.equals("concat_qkv")
                ? OpenClipNames.Rule.STACK
                : OpenClipNames.Rule.valueOf(name.toUpperCase(Locale.ROOT));
    }
}
