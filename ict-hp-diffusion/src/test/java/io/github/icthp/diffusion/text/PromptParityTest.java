package io.github.icthp.diffusion.text;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Prompts as SD3's and FLUX.1's pipelines encode them, against diffusers. */
class PromptParityTest {

    private static final double TOLERANCE = 1e-4;

    @TempDir Path temporary;

    @TestFactory
    Stream<DynamicTest> assemblies() {
        Path root = Golden.unpack(Golden.area(TextCases.AREA), temporary.resolve("text"));
        return Golden.some(
                        "cases with a max_sequence_length",
                        Golden.cases(TextCases.AREA).stream()
                                .map(folder -> root.resolve(folder.getFileName()))
                                .filter(PromptParityTest::isAssembly))
                .map(folder -> TextCases.named(folder, PromptParityTest::check));
    }

    private static boolean isAssembly(Path folder) {
        return Golden.json(folder.resolve("case.json")).has("max_sequence_length");
    }

    private static void check(Path folder) {
        JsonObject json = Golden.json(folder.resolve("case.json"));
        try (Expected io = Expected.open(folder.resolve("io.safetensors"))) {
            TensorScope.run(
                    Devices.tested(),
                    () -> {
                        if (io.names().contains("text_ids")) {
                            flux(folder, json, io);
                        } else {
                            sd3(folder, json, io);
                        }
                    });
        }
    }

    private static void flux(Path folder, JsonObject json, Expected io) {
        try (PromptEncoder encoder =
                new FluxPromptEncoder(
                        clip(folder, "clip_flux", "tokenizer"), t5(folder), length(json))) {
            assertClose(io, "", encoder.encode(texts(json, "prompts")), "");
        }
    }

    private static void sd3(Path folder, JsonObject json, Expected io) {
        List<String> prompts = texts(json, "prompts");
        try (Sd3PromptEncoder encoder = sd3(folder, length(json), 0)) {
            assertClose(io, "", encoder.encode(prompts), "");
            assertClose(io, "negative_", encoder.encode(texts(json, "negative_prompts")), "");
            JsonObject three = json.getAsJsonObject("three_prompts");
            Conditioning found =
                    encoder.encode(
                            texts(three, "prompt"),
                            texts(three, "prompt_2"),
                            texts(three, "prompt_3"));
            io.assertClose("prompt_embeds_three_prompts", found.tokens(), TOLERANCE);
        }
        try (Sd3PromptEncoder encoder = sd3(folder, length(json), 1)) {
            assertClose(io, "", encoder.encode(prompts), "_clip_skip_1");
        }
        int width;
        try (T5PromptEncoder t5 = t5(folder)) {
            width = t5.width();
        }
        try (Sd3PromptEncoder encoder =
                Sd3PromptEncoder.withoutT5(
                        clip(folder, "clip_l", "tokenizer"),
                        clip(folder, "clip_g", "tokenizer_2"),
                        width,
                        new Sd3PromptEncoder.Options(length(json), 0))) {
            io.assertClose("prompt_embeds_without_t5", encoder.encode(prompts).tokens(), TOLERANCE);
        }
    }

    private static Sd3PromptEncoder sd3(Path folder, int length, int skip) {
        return Sd3PromptEncoder.of(
                clip(folder, "clip_l", "tokenizer"),
                clip(folder, "clip_g", "tokenizer_2"),
                t5(folder),
                new Sd3PromptEncoder.Options(length, skip));
    }

    private static ClipPromptEncoder clip(Path folder, String model, String tokenizer) {
        return ClipPromptEncoder.load(
                folder.resolveSibling("clip_tokenizer").resolve(tokenizer),
                folder.resolveSibling(model).resolve("model"),
                Devices.tested(),
                DType.FLOAT32);
    }

    private static T5PromptEncoder t5(Path folder) {
        return T5PromptEncoder.load(
                folder.resolveSibling("t5_tokenizer"),
                folder.resolveSibling("t5").resolve("model"),
                Devices.tested(),
                DType.FLOAT32);
    }

    private static int length(JsonObject json) {
        return json.get("max_sequence_length").getAsInt();
    }

    private static List<String> texts(JsonObject json, String name) {
        return json.getAsJsonArray(name).asList().stream().map(JsonElement::getAsString).toList();
    }

    private static void assertClose(Expected io, String prefix, Conditioning found, String suffix) {
        io.assertClose(prefix + "prompt_embeds" + suffix, found.tokens(), TOLERANCE);
        io.assertClose(prefix + "pooled_prompt_embeds" + suffix, found.pooled(), TOLERANCE);
    }
}
