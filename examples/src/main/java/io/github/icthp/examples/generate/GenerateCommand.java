package io.github.icthp.examples.generate;

import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.GeneratedImage;
import io.github.icthp.diffusion.GenerationListener;
import io.github.icthp.diffusion.GenerationRequest;
import io.github.icthp.diffusion.ModelFamily;
import io.github.icthp.diffusion.PipelineBuilder;
import io.github.icthp.diffusion.PipelineShape;
import io.github.icthp.diffusion.adapter.FeatureShift;
import io.github.icthp.diffusion.adapter.Style;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.ProgressLine;
import io.github.icthp.examples.console.Terminal;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.console.Version;
import io.github.icthp.examples.console.WarningLine;
import io.github.icthp.examples.options.PipelineOptions;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** Makes pictures of prompts. */
@Command(
        name = "generate",
        description = "Makes pictures of prompts with SD1.5, SD2, SDXL, SD3, SD3.5 or FLUX.1.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class GenerateCommand implements Callable<Integer> {

    private static final int USUAL_STEPS = 28;

    /** FLUX.1-schnell was distilled to this many. */
    private static final int UNGUIDED_FLUX_STEPS = 4;

    @Spec private CommandSpec spec;

    @Mixin private PipelineOptions model = new PipelineOptions();

    @Option(
            names = "--prompt",
            paramLabel = "P",
            required = true,
            description = "what to show; may be given several times")
    private List<String> prompts = List.of();

    @Option(
            names = "--negative",
            paramLabel = "P",
            description = "what to keep away from; needs classifier-free guidance")
    private @Nullable String negative;

    @Option(
            names = "--lora",
            paramLabel = "FILE",
            description = "an adapter: diffusers, PEFT, kohya, XLabs")
    private @Nullable Path lora;

    @Option(
            names = "--lora-scale",
            paramLabel = "S",
            description = "how strong the adapter is; default: 1")
    private @Nullable Double loraScale;

    @Mixin private StyleOptions styles = new StyleOptions();

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "the first picture's; each next has one more; default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "denoising steps: 8 for SD3.5 turbo; default: 28, FLUX.1-schnell 4")
    private @Nullable Integer steps;

    @Option(
            names = "--guidance",
            paramLabel = "S",
            description =
                    "classifier-free guidance (7.5 by default for SD1.5 and SD2, 5 for SDXL, none for"
                            + " SD3, where 4.5 is usual) or FLUX.1-dev's distilled guidance (3.5 by"
                            + " default)")
    private @Nullable Double guidance;

    @Option(
            names = "--guidance-rescale",
            paramLabel = "S",
            defaultValue = "0",
            description = "bring guided predictions back to their deviation, 0..1; default: 0")
    private double guidanceRescale;

    @Option(
            names = "--true-guidance",
            paramLabel = "S",
            defaultValue = "0",
            description = "FLUX's classifier-free guidance; default: none")
    private double trueGuidance;

    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "1",
            description = "pictures of each prompt; default: ${DEFAULT-VALUE}")
    private int count;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "1",
            description = "pictures made at once; default: ${DEFAULT-VALUE}")
    private int batch;

    @Option(
            names = "--out",
            paramLabel = "PATH",
            defaultValue = ".",
            description =
                    "a folder, or a .png file for one picture; default: the folder you are in")
    private Path out = Path.of(".");

    @Override
    public Integer call() {
        Optional<Style> style = styles.style();
        PictureFiles files = PictureFiles.of(out, prompts.size() * (long) count);
        try (DiffusionPipeline pipeline = model.open(this::withLora)) {
            generate(pipeline, request(pipeline, style), files);
        }
        return ExitCode.DONE;
    }

    private PipelineBuilder withLora(PipelineBuilder builder) {
        return lora == null
                ? builder
                : builder.lora(lora, scale()).warnings(new WarningLine(spec.commandLine()));
    }

    private double scale() {
        return loraScale == null ? 1 : loraScale;
    }

    private GenerationRequest request(DiffusionPipeline pipeline, Optional<Style> style) {
        if (loraScale != null && lora == null) {
            throw new UnusableException("--lora-scale needs --lora FILE, the adapter to scale");
        }
        if (steps != null && steps < 1) {
            throw new UnusableException("--steps must be at least 1, got " + steps);
        }
        try {
            GenerationRequest.Builder request =
                    GenerationRequest.builder()
                            .prompt(prompts.toArray(new String[0]))
                            .steps(steps == null ? usualSteps(pipeline) : steps)
                            .trueGuidance(trueGuidance)
                            .guidanceRescale(guidanceRescale)
                            .seed(seed)
                            .imagesPerPrompt(count)
                            .batch(batch);
            if (negative != null) {
                request.negative(negative);
            }
            if (guidance != null) {
                request.guidance(guidance);
            }
            model.size().ifPresent(size -> request.size(size.width(), size.height()));
            if (lora != null) {
                request.note("lora", lora.getFileName() + " at " + scale());
            }
            style.ifPresent(
                    read -> {
                        pipeline.check(read);
                        request.style(read);
                        String shifts =
                                styles.tellShift(read).stream()
                                        .map(FeatureShift::toString)
                                        .collect(Collectors.joining("; "));
                        if (!shifts.isEmpty()) {
                            request.note("style shift", shifts);
                        }
                    });
            return request.build();
        } catch (UnusableException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new UnusableException(e);
        }
    }

    private int usualSteps(DiffusionPipeline pipeline) {
        boolean schnell =
                pipeline.parts().family() == ModelFamily.FLUX
                        && pipeline.parts().shape().filter(PipelineShape::guided).isEmpty();
        return schnell ? UNGUIDED_FLUX_STEPS : USUAL_STEPS;
    }

    private void generate(
            DiffusionPipeline pipeline, GenerationRequest request, PictureFiles files) {
        long batches = (prompts.size() * (long) count + batch - 1) / batch;
        PrintWriter told = spec.commandLine().getOut();
        try (ProgressLine bar =
                ProgressLine.of(
                        "denoising", batches * request.steps(), " steps", Terminal.ERRORS)) {
            pipeline.generateEach(
                    request,
                    new GenerationListener() {
                        @Override
                        public void onStep(Progress progress) {
                            bar.step();
                        }

                        @Override
                        public void onImage(GeneratedImage image) {
                            told.println(Terminal.CLEAR_LINE + files.write(image));
                            told.flush();
                        }
                    });
        } catch (RuntimeException e) {
            throw new UnusableException(e);
        }
    }
}
