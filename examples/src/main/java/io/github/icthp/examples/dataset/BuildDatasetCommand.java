package io.github.icthp.examples.dataset;

import dev.langchain4j.model.openai.OpenAiChatModel;

import io.github.icthp.Miniature;
import io.github.icthp.RewardModel;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.console.Version;
import io.github.icthp.examples.console.WarningLine;
import io.github.icthp.examples.options.ArchitectureOption;
import io.github.icthp.examples.options.DeviceOptions;
import io.github.icthp.examples.options.WeightOptions;
import io.github.icthp.examples.world.GrammarServer;
import io.github.icthp.examples.world.PaintedPrompts;
import io.github.icthp.prompt.PromptExtender;
import io.github.icthp.torch.DType;
import io.github.icthp.train.data.DatasetException;
import io.github.icthp.train.pickhigh.BuildEstimate;
import io.github.icthp.train.pickhigh.BuildListener;
import io.github.icthp.train.pickhigh.BuildResult;
import io.github.icthp.train.pickhigh.LangChain4jHttp;
import io.github.icthp.train.pickhigh.LangChain4jModel;
import io.github.icthp.train.pickhigh.LanguageModel;
import io.github.icthp.train.pickhigh.PickHighBuild;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Builds a data set like Pick-High. */
@Command(
        name = "build-dataset",
        description =
                "Builds preference triplets as Pick-High was built: base prompts, Prompt-Extend,"
                        + " refinement by a language model, filters, pictures of the refined"
                        + " prompts; labeled, with a report. Run again, it resumes.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class BuildDatasetCommand implements Callable<Integer> {

    /** The side of the pictures that the miniature models know. */
    private static final int SIDE = 48;

    private static final int MINIATURE_ROWS = 300;
    private static final String MINIATURE_KEY = "no-key-is-needed";

    @Spec private CommandSpec spec;

    @Option(
            names = "--source",
            paramLabel = "FILE",
            description =
                    "base prompts: .txt, .csv, .jsonl or .parquet, with pickapic_v2's columns where"
                            + " there are pictures")
    private @Nullable Path source;

    @Option(
            names = "--miniature",
            description =
                    "build from the drawn world: its grammar answers as the language model, its"
                            + " painter makes the pictures; no download and no key")
    private boolean miniature;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "the data set's folder; a build that was stopped resumes")
    private Path out = Path.of("");

    @Option(
            names = "--sample",
            paramLabel = "N",
            description = "draw so many base prompts; default: all")
    private @Nullable Long sample;

    @Option(
            names = "--longest",
            paramLabel = "N",
            defaultValue = "30",
            description = "CLIP tokens of a base prompt at most (default ${DEFAULT-VALUE})")
    private int longest;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "of the sample, extended prompts and pictures (default ${DEFAULT-VALUE})")
    private long seed;

    @Option(
            names = "--extend",
            paramLabel = "DIR",
            description =
                    "Prompt-Extend's folder (daspartho/prompt-extend); default: prompts are not"
                            + " extended")
    private @Nullable Path extend;

    @Mixin private LanguageModelOptions languageModel = new LanguageModelOptions();

    @Option(names = "--no-verify", description = "leave out the verification by language model")
    private boolean noVerify;

    @Option(
            names = "--templates",
            paramLabel = "DIR",
            description =
                    "files that replace templates and the list of words: refine-1.txt,"
                            + " verify-1.txt, repair-1.txt, words.txt")
    private @Nullable Path templates;

    @Mixin private RenderingOptions rendering = new RenderingOptions();

    @Option(
            names = "--clip",
            paramLabel = "DIR",
            description = "the base CLIP that labels triplets; default: they are not labeled")
    private @Nullable String clip;

    @Mixin private ArchitectureOption architecture = new ArchitectureOption();

    @Mixin private DeviceOptions device = new DeviceOptions();

    @Option(
            names = "--validation",
            paramLabel = "S",
            description = "the share of rows that becomes the validation split; default: none")
    private @Nullable Double validation;

    @Option(
            names = "--part",
            paramLabel = "N",
            defaultValue = "200",
            description =
                    "rows of a state file, of which one is in memory (default ${DEFAULT-VALUE})")
    private int part;

    @Option(names = "--retry-failed", description = "try rows again that failed in an earlier run")
    private boolean retryFailed;

    @Option(names = "--dry-run", description = "count rows and estimate the cost, write nothing")
    private boolean dryRun;

    @Override
    public Integer call() throws IOException {
        if (miniature == (source != null)) {
            throw new UnusableException("name either --source FILE or --miniature");
        }
        try {
            return miniature ? miniature() : ofSource();
        } catch (DatasetException | IllegalArgumentException | IllegalStateException e) {
            throw new UnusableException(e);
        }
    }

    private Integer ofSource() throws IOException {
        if (!Files.isRegularFile(source)) {
            throw new UnusableException("--source: there is no file " + source);
        }
        PickHighBuild build = build(source);
        Optional<LanguageModel> model = languageModel.open(System::getenv);
        model.ifPresent(build::languageModel);
        Optional<PipelineRenderer> renderer = rendering.open(device);
        renderer.ifPresent(build::renderer);
        try {
            if (dryRun) {
                return tell(build.estimate());
            }
            return extended(build);
        } finally {
            renderer.ifPresent(r -> r.pipeline().close());
        }
    }

    private Integer extended(PickHighBuild build) throws IOException {
        if (extend == null) {
            return labeled(build);
        }
        try (PromptExtender extender =
                PromptExtender.load(extend, device.device(), DType.FLOAT32)) {
            build.extension(
                    extender::extend, extend.toAbsolutePath().normalize().getFileName().toString());
            return labeled(build);
        }
    }

    private Integer labeled(PickHighBuild build) throws IOException {
        if (clip == null) {
            return run(build);
        }
        try (RewardModel model = WeightOptions.load(clip, null, architecture, device, 16)) {
            return run(build.labels(model, clip));
        }
    }

    private Integer miniature() throws IOException {
        int rows = sample == null ? MINIATURE_ROWS : Math.toIntExact(sample);
        sample = null;
        PaintedPrompts world = new PaintedPrompts(seed, SIDE, rows);
        try (GrammarServer server = GrammarServer.start()) {
            return dryRun ? estimated(world, grammar(server)) : built(world, grammar(server));
        }
    }

    private static LanguageModel grammar(GrammarServer server) {
        return new LangChain4jModel(
                OpenAiChatModel.builder()
                        .baseUrl(server.address().toString())
                        .apiKey(MINIATURE_KEY)
                        .modelName("drawn-world-grammar")
                        .timeout(Duration.ofSeconds(30))
                        .maxRetries(0)
                        .httpClientBuilder(new LangChain4jHttp())
                        .build(),
                "the drawn world's grammar",
                List.of(MINIATURE_KEY));
    }

    private Integer estimated(PaintedPrompts world, LanguageModel grammar) throws IOException {
        Path prompts = Files.createTempFile("base-prompts", ".jsonl");
        try {
            Files.writeString(prompts, world.table());
            return tell(build(prompts).languageModel(grammar).renderer(world).estimate());
        } finally {
            Files.delete(prompts);
        }
    }

    private Integer built(PaintedPrompts world, LanguageModel grammar) throws IOException {
        Path prompts = world.write(out.resolve("source"));
        spec.commandLine().getErr().println("training a small GPT-2 that extends prompts");
        spec.commandLine().getErr().flush();
        try (PromptExtender extender = MiniatureExtender.open(out.resolve("source/prompt-extend"));
                RewardModel model = RewardModel.ict().ict(Miniature.clip()).build()) {
            return run(
                    build(prompts)
                            .extension(extender::extend, MiniatureExtender.NAME)
                            .languageModel(grammar)
                            .renderer(world)
                            .labels(model, "miniature CLIP")
                            .validation(validation == null ? 0.15 : validation)
                            .requests(4, 0, 4, Duration.ofMillis(20)));
        }
    }

    private PickHighBuild build(Path prompts) {
        PickHighBuild build =
                PickHighBuild.of(prompts, out)
                        .longestPrompt(longest)
                        .seed(seed)
                        .verify(!noVerify)
                        .partSize(part)
                        .retryFailed(retryFailed)
                        .listener(new Lines(spec.commandLine().getErr()));
        languageModel.apply(build);
        if (sample != null) {
            build.sample(sample);
        }
        if (templates != null) {
            build.templates(templates);
        }
        if (validation != null) {
            build.validation(validation);
        }
        return build;
    }

    private Integer tell(BuildEstimate estimate) {
        PrintWriter told = spec.commandLine().getOut();
        told.printf(
                Locale.ROOT,
                "%,d rows, %,d base prompts%n%,d requests, about %,d tokens read and %,d written,"
                        + " cost %.2f%n%,d pictures%n",
                estimate.rows(),
                estimate.basePrompts(),
                estimate.requests(),
                estimate.inputTokens(),
                estimate.outputTokens(),
                estimate.cost(),
                estimate.pictures());
        told.flush();
        return ExitCode.DONE;
    }

    private Integer run(PickHighBuild build) throws IOException {
        BuildResult result = build.run();
        PrintWriter told = spec.commandLine().getOut();
        told.printf(
                Locale.ROOT,
                "%,d triplets of %,d base prompts in %s%n",
                result.triplets(),
                result.basePrompts(),
                result.folder());
        result.removals().entrySet().stream()
                .sorted(java.util.Map.Entry.comparingByKey())
                .forEach(e -> told.printf(Locale.ROOT, "  %s: %,d%n", e.getKey(), e.getValue()));
        result.theta().ifPresent(theta -> told.printf(Locale.ROOT, "θ = %.6f%n", theta));
        told.printf(Locale.ROOT, "report: %s%n", result.folder().resolve("report.html"));
        told.flush();
        if (result.failed() > 0) {
            new WarningLine(spec.commandLine())
                    .accept(
                            result.failed()
                                    + " rows failed and were left out; their reasons are in the"
                                    + " report: run again with --retry-failed to try them again");
            return ExitCode.SOME_FAILED;
        }
        return ExitCode.DONE;
    }

    /** A line a step, or more where it takes long. */
    private static final class Lines implements BuildListener {

        private static final long EVERY_NANOS = 10_000_000_000L;

        private final PrintWriter out;
        private long last;

        Lines(PrintWriter out) {
            this.out = out;
        }

        @Override
        public void progress(String step, long rows, long total) {
            long now = System.nanoTime();
            if (rows == total || now - last > EVERY_NANOS) {
                last = now;
                out.printf(Locale.ROOT, "%s: %,d of %,d%n", step, rows, total);
                out.flush();
            }
        }
    }
}
