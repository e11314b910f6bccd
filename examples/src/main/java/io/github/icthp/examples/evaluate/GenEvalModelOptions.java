package io.github.icthp.examples.evaluate;

import ai.djl.Device;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;

import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.GeneratedImage;
import io.github.icthp.diffusion.GenerationListener;
import io.github.icthp.diffusion.GenerationRequest;
import io.github.icthp.diffusion.ModelFamily;
import io.github.icthp.diffusion.PipelineBuilder;
import io.github.icthp.diffusion.PipelineShape;
import io.github.icthp.examples.console.ProgressLine;
import io.github.icthp.examples.console.Terminal;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.console.WarningLine;
import io.github.icthp.examples.options.PipelineOptions;
import io.github.icthp.files.DurableFiles;
import io.github.icthp.files.FolderFiles;
import io.github.icthp.train.evaluation.geneval.GenEvalFolder;
import io.github.icthp.train.evaluation.geneval.GenEvalPrompt;
import io.github.icthp.training.WeightHashes;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Which model makes GenEval's pictures, and how. */
final class GenEvalModelOptions {

    private static final String RECORD = "generation.json";
    private static final int USUAL_STEPS = 28;

    /** FLUX.1-schnell was distilled to this many. */
    private static final int UNGUIDED_FLUX_STEPS = 4;

    private static final Gson GSON =
            new GsonBuilder().disableHtmlEscaping().setPrettyPrinting().create();

    @Mixin private PipelineOptions pipeline = new PipelineOptions();

    @Option(
            names = "--lora",
            paramLabel = "FILE",
            description = "an adapter on --model: diffusers, PEFT, kohya, XLabs")
    private @Nullable Path lora;

    @Option(
            names = "--lora-scale",
            paramLabel = "S",
            defaultValue = "1",
            description = "how strong the adapter is; default: ${DEFAULT-VALUE}")
    private double loraScale;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "the first picture's; each next has one more; default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "denoising steps; default: 28, FLUX.1-schnell 4")
    private @Nullable Integer steps;

    @Option(
            names = "--guidance",
            paramLabel = "S",
            description =
                    "SD3's classifier-free guidance (none by default) or FLUX.1-dev's distilled"
                            + " guidance (3.5 by default)")
    private @Nullable Double guidance;

    /** Returns where networks run. */
    Device device() {
        return pipeline.device().device();
    }

    /** Refuses what only a model can use. */
    void requireUnused(CommandLine command) {
        for (String option : List.of("--lora", "--steps", "--guidance", "--seed", "--lora-scale")) {
            if (command.getParseResult().hasMatchedOption(option)) {
                throw new ParameterException(
                        command, option + " needs --model=DIR; pictures of --images are there");
            }
        }
    }

    /**
     * Makes the pictures that are missing. A prompt that lacks one has all of its pictures made
     * again, as they were.
     *
     * @param folder where to, in GenEval's layout
     */
    void make(Path folder, List<GenEvalPrompt> prompts, int samples, CommandLine command)
            throws IOException {
        if (samples < 1) {
            throw new UnusableException("--samples must be at least 1, got " + samples);
        }
        GenEvalFolder layout = new GenEvalFolder(FolderFiles.make(folder));
        try (DiffusionPipeline open =
                pipeline.open(builder -> withLora(builder, new WarningLine(command)))) {
            int count = steps == null ? usualSteps(open) : steps;
            record(folder.resolve(RECORD), count, samples);
            layout.write(prompts);
            make(open, layout, prompts, samples, count);
        } catch (UnusableException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new UnusableException(e);
        }
    }

    private PipelineBuilder withLora(PipelineBuilder builder, WarningLine warnings) {
        return lora == null ? builder : builder.lora(lora, loraScale).warnings(warnings);
    }

    private static int usualSteps(DiffusionPipeline open) {
        boolean schnell =
                open.parts().family() == ModelFamily.FLUX
                        && open.parts().shape().filter(PipelineShape::guided).isEmpty();
        return schnell ? UNGUIDED_FLUX_STEPS : USUAL_STEPS;
    }

    /** Pictures of one folder are all made the same way. */
    private void record(Path file, int count, int samples) throws IOException {
        Map<String, String> made = new TreeMap<>();
        made.put("model", pipeline.name());
        made.put("lora", lora == null ? "none" : WeightHashes.sha256(lora) + " at " + loraScale);
        made.put("steps", String.valueOf(count));
        made.put("guidance", guidance == null ? "default" : guidance.toString());
        made.put("seed", String.valueOf(seed));
        made.put("samples", String.valueOf(samples));
        made.put("size", pipeline.size().map(Object::toString).orElse("default"));
        String text = GSON.toJson(made) + "\n";
        if (!Files.exists(file)) {
            DurableFiles.write(file, text);
        } else if (!Files.readString(file).equals(text)) {
            throw new UnusableException(
                    "--out: the pictures there were made otherwise: then "
                            + Files.readString(file).strip()
                            + ", now "
                            + text.strip()
                            + "; name another folder");
        }
    }

    private void make(
            DiffusionPipeline open,
            GenEvalFolder layout,
            List<GenEvalPrompt> prompts,
            int samples,
            int count) {
        try (ProgressLine bar =
                ProgressLine.of(
                        "making", (long) prompts.size() * samples, " pictures", Terminal.ERRORS)) {
            for (int i = 0; i < prompts.size(); i++) {
                int prompt = i;
                if (IntStream.range(0, samples)
                        .anyMatch(j -> !Files.exists(layout.sample(prompt, j)))) {
                    make(open, layout, prompts.get(i).text(), i, samples, count);
                }
                bar.stepTo((i + 1L) * samples);
            }
        }
    }

    private void make(
            DiffusionPipeline open,
            GenEvalFolder layout,
            String text,
            int prompt,
            int samples,
            int count) {
        long first = seed + (long) prompt * samples;
        GenerationRequest.Builder request =
                GenerationRequest.builder()
                        .prompt(text)
                        .steps(count)
                        .seed(first)
                        .imagesPerPrompt(samples);
        if (guidance != null) {
            request.guidance(guidance);
        }
        pipeline.size().ifPresent(size -> request.size(size.width(), size.height()));
        open.generateEach(
                request.build(),
                new GenerationListener() {
                    @Override
                    public void onStep(Progress progress) {
                        // Pictures are counted, not their steps.
                    }

                    @Override
                    public void onImage(GeneratedImage image) {
                        int sample = (int) (image.request().seed() - first);
                        image.write(layout.sample(prompt, sample));
                    }
                });
    }
}
