package io.github.icthp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.testing.SampleModel;
import io.github.icthp.examples.testing.TinyDetector;
import io.github.icthp.examples.testing.TinyPipeline;
import io.github.icthp.testing.Devices;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.train.evaluation.geneval.GenEvalPrompt;
import io.github.icthp.weights.SafetensorsWriter;
import io.github.icthp.weights.TensorReader;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What docs/transfer.md walks through, with tiny models: an adapter is tuned on FLUX.1-schnell and
 * evaluated on it and on FLUX.1-dev.
 */
class TransferTest {

    @TempDir private Path folder;

    /** A tiny FLUX.1-schnell: the tiny FLUX.1-dev without distilled guidance. */
    private static Path schnell(Path dev, Path target) throws IOException {
        TinyPipeline.unpack(target);
        Path transformer = target.resolve("transformer");
        Path config = transformer.resolve("config.json");
        String text = Files.readString(config);
        assertThat(text).contains("\"guidance_embeds\": true");
        Files.writeString(
                config, text.replace("\"guidance_embeds\": true", "\"guidance_embeds\": false"));
        Path file = Path.of("diffusion_pytorch_model.safetensors");
        TensorScope scope = TensorScope.open(Device.cpu());
        try (scope;
                Weights weights = Weights.open(dev.resolve("transformer").resolve(file))) {
            Map<String, NDArray> kept = new LinkedHashMap<>();
            for (String name : weights.names()) {
                if (!name.contains("guidance_embedder")) {
                    kept.put(name, TensorReader.read(weights, name));
                }
            }
            assertThat(kept.size()).isLessThan(weights.names().size());
            SafetensorsWriter.write(transformer.resolve(file), kept, Map.of("format", "pt"));
        }
        return target;
    }

    private Ran run(String... words) {
        String[] always = {
            "--device",
            Devices.tested().getDeviceType(),
            "--precision",
            "fp32",
            "--text-length",
            "8",
            "--size",
            "32x32"
        };
        Ran ran = Ran.command(Stream.of(words, always).flatMap(Stream::of).toArray(String[]::new));
        assertThat(ran.exit()).as(ran.err()).isZero();
        return ran;
    }

    private String[] geneval(Path model, Path prompts, String out, String... more) {
        String[] always = {
            "geneval",
            "--model",
            model.toString(),
            "--prompts",
            prompts.toString(),
            "--samples",
            "1",
            "--steps",
            "1",
            "--detector",
            TinyDetector.HUGGING_FACE.toString(),
            "--clip",
            TinyDetector.CLIP.toString(),
            "--out",
            folder.resolve(out).toString()
        };
        return Stream.of(always, more).flatMap(Stream::of).toArray(String[]::new);
    }

    @Test
    void anAdapterOfSchnellIsEvaluatedOnSchnellAndDev() throws IOException {
        Path dev = TinyPipeline.unpack(folder.resolve("dev"));
        Path schnell = schnell(dev, folder.resolve("schnell"));
        String rewards = SampleModel.write(folder.resolve("rewards")).toString();
        Path words = Files.writeString(folder.resolve("prompts.txt"), "a red ball\na blue cat\n");
        run(
                "finetune",
                "--model",
                schnell.toString(),
                "--ict",
                rewards,
                "--hp",
                rewards,
                "--base",
                rewards + "/base",
                "--prompts",
                words.toString(),
                "--out",
                folder.resolve("run").toString(),
                "--steps",
                "2",
                "--accumulation",
                "1",
                "--rank",
                "2",
                "--iterations",
                "1");
        String adapter = folder.resolve("run/adapter").toString();

        Path prompts =
                Files.writeString(
                        folder.resolve("prompts.jsonl"),
                        GenEvalPrompt.benchmark().stream()
                                .limit(2)
                                .map(GenEvalPrompt::json)
                                .collect(Collectors.joining("\n")));
        for (Path model : List.of(schnell, dev)) {
            String name = model.getFileName().toString();
            run(geneval(model, prompts, name + "-base"));
            Ran tuned =
                    run(
                            geneval(
                                    model,
                                    prompts,
                                    name + "-tuned",
                                    "--lora",
                                    adapter,
                                    "--against",
                                    folder.resolve(name + "-base").toString(),
                                    "--published"));
            assertThat(tuned.out())
                    .contains("Total images: 2")
                    .contains("paired by prompt")
                    .contains("FLUX.1-dev + ICT");
            assertThat(folder.resolve(name + "-tuned/images/00001/samples/0000.png")).exists();
        }
        picturesResume(schnell, prompts);
    }

    /** A picture that is missing is made again as it was; other settings are refused. */
    private void picturesResume(Path schnell, Path prompts) throws IOException {
        Path picture = folder.resolve("schnell-base/images/00000/samples/0000.png");
        byte[] before = Files.readAllBytes(picture);
        byte[] results = Files.readAllBytes(folder.resolve("schnell-base/results.jsonl"));
        Files.delete(picture);
        run(geneval(schnell, prompts, "schnell-base", "--resume"));
        assertThat(picture).hasBinaryContent(before);
        assertThat(folder.resolve("schnell-base/results.jsonl")).hasBinaryContent(results);
        Ran other =
                Ran.command(geneval(schnell, prompts, "schnell-base", "--resume", "--seed", "9"));
        assertThat(other.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(other.err()).contains("made otherwise");
    }
}
