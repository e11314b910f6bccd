package io.github.icthp.diffusion.text;

import com.google.gson.JsonObject;

import io.github.icthp.testing.Golden;

import org.junit.jupiter.api.DynamicTest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Golden cases of text encoders and tokenizers. */
final class TextCases {

    static final String AREA = "diffusion/text_encoders";

    private TextCases() {}

    /** Every case with a model of a kind. */
    static Stream<DynamicTest> models(String modelType, Consumer<Path> check) {
        return Golden.some(
                        "models of type " + modelType,
                        Golden.cases(AREA).stream()
                                .filter(folder -> Files.exists(folder.resolve("model/config.json")))
                                .filter(folder -> type(folder).equals(modelType)))
                .map(folder -> named(folder, check));
    }

    private static String type(Path folder) {
        return Golden.json(folder.resolve("model/config.json")).get("model_type").getAsString();
    }

    static DynamicTest named(Path folder, Consumer<Path> check) {
        return DynamicTest.dynamicTest(folder.getFileName().toString(), () -> check.accept(folder));
    }

    static double tolerance(Path folder, String name) {
        JsonObject json = Golden.json(folder.resolve("case.json"));
        return json.getAsJsonObject("tolerances")
                .getAsJsonObject(name)
                .get("suggested_abs_tolerance")
                .getAsDouble();
    }
}
