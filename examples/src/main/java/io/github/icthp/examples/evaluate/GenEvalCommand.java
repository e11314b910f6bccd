package io.github.icthp.examples.evaluate;

import ai.djl.Device;

import io.github.icthp.Precision;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.ProgressLine;
import io.github.icthp.examples.console.StandardOutput;
import io.github.icthp.examples.console.Terminal;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.console.Version;
import io.github.icthp.examples.options.ArchitectureOption;
import io.github.icthp.train.data.DatasetException;
import io.github.icthp.train.evaluation.geneval.GenEval;
import io.github.icthp.train.evaluation.geneval.GenEvalDetector;
import io.github.icthp.train.evaluation.geneval.GenEvalPrompt;
import io.github.icthp.train.evaluation.geneval.GenEvalReport;
import io.github.icthp.train.evaluation.geneval.GenEvalResult;
import io.github.icthp.train.evaluation.geneval.GenEvalRow;
import io.github.icthp.train.evaluation.geneval.GenEvalRules;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/** Runs GenEval on pictures, or on a model that makes them. */
@Command(
        name = "geneval",
        description =
                "Judges pictures of GenEval's 553 prompts: whether the objects, counts, colors and"
                        + " positions that a prompt names are there.",
        customSynopsis = {
            "ict-hp geneval --images=DIR --detector=FILE --clip=DIR --out=DIR [OPTIONS]",
            "ict-hp geneval --model=DIR [--lora=FILE] --detector=FILE --clip=DIR --out=DIR"
                    + " [OPTIONS]"
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class GenEvalCommand implements Callable<Integer> {

    private static final String VERB = "geneval";
    private static final String STATE = "state.jsonl";
    private static final String RESULTS = "results.jsonl";
    private static final int PROBLEMS_SHOWN = 20;

    @Spec private CommandSpec spec;

    @Option(
            names = "--images",
            paramLabel = "DIR",
            description =
                    "pictures in GenEval's layout: 00000/metadata.jsonl, 00000/samples/0000.png")
    private @Nullable Path images;

    @Mixin private GenEvalModelOptions model = new GenEvalModelOptions();

    @Option(
            names = "--prompts",
            paramLabel = "FILE",
            description = "prompts and clauses, a JSON object a line; default: the benchmark's 553")
    private @Nullable Path prompts;

    @Option(
            names = "--samples",
            paramLabel = "N",
            defaultValue = "4",
            description = "pictures of each prompt; default: ${DEFAULT-VALUE}")
    private int samples;

    @Option(
            names = "--detector",
            paramLabel = "FILE",
            required = true,
            description =
                    "Mask2Former with a Swin backbone, mmdet's .pth or a folder of Hugging Face;"
                            + " published numbers are of"
                            + " mask2former_swin-s-p4-w7-224_lsj_8x2_50e_coco")
    private Path detector = Path.of("");

    @Option(
            names = "--clip",
            paramLabel = "DIR",
            required = true,
            description = "CLIP for colors; published numbers are of OpenAI's ViT-L/14")
    private Path clip = Path.of("");

    @Option(
            names = "--clip-base",
            paramLabel = "DIR",
            description = "where CLIP's configuration lies, if not beside it")
    private @Nullable Path clipBase;

    @Option(
            names = "--judge-precision",
            paramLabel = "TYPE",
            defaultValue = "fp32",
            description =
                    "of the detector's backbone and of CLIP: fp32 or bf16; default:"
                            + " ${DEFAULT-VALUE}")
    private Precision judgePrecision = Precision.FP32;

    @Option(
            names = "--rules",
            paramLabel = "NAME",
            defaultValue = "geneval",
            converter = RulesConverter.class,
            description =
                    "geneval, the published rules, or flow_grpo, partial credit; default:"
                            + " ${DEFAULT-VALUE}")
    private GenEvalRules rules = GenEvalRules.GENEVAL;

    @Option(
            names = "--against",
            paramLabel = "FILE",
            description =
                    "results.jsonl of another run, or its folder: shows differences, paired by"
                            + " prompt")
    private @Nullable Path against;

    @Option(names = "--published", description = "show the paper's Table 7 too")
    private boolean published;

    @Option(names = "--json", description = "print JSON instead of text")
    private boolean json;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description =
                    "results.jsonl, and the summary as text, JSON, Markdown and HTML; with --model"
                            + " the pictures too")
    private Path out = Path.of("");

    @Option(names = "--resume", description = "go on with what is in --out, if anything")
    private boolean resume;

    /** Makes the mixed-in model optional: pictures that are there need none. */
    public static void leaveModelOut(CommandLine line) {
        CommandSpec own = line.getSubcommands().get(VERB).getCommandSpec();
        OptionSpec option = own.findOption("--model");
        own.remove(option);
        own.addOption(option.toBuilder().required(false).build());
    }

    @Override
    public Integer call() throws IOException {
        boolean makes = spec.commandLine().getParseResult().hasMatchedOption("--model");
        if (makes == (images != null)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Name either --images=DIR, pictures that are there, or --model=DIR to make"
                            + " them");
        }
        if (!makes) {
            model.requireUnused(spec.commandLine());
        }
        try {
            return run(makes);
        } catch (DatasetException | IllegalArgumentException e) {
            throw new UnusableException(e);
        }
    }

    private int run(boolean makes) throws IOException {
        requireThere("--detector", detector);
        requireThere("--clip", clip);
        Optional<List<GenEvalRow>> base = base();
        prepareOut();
        Path pictures = makes ? out.resolve("images") : images;
        if (makes) {
            model.make(pictures, prompts(), samples, spec.commandLine());
        }
        GenEvalResult found = judge(pictures);
        GenEvalReport report = GenEvalReport.of(found);
        if (base.isPresent()) {
            report = report.against(String.valueOf(against), base.get());
        }
        if (published) {
            report = report.withPublished();
        }
        report.write(out);
        return tell(found, report);
    }

    private static void requireThere(String option, Path path) {
        if (!Files.exists(path)) {
            throw new UnusableException(option + ": " + path + " does not exist");
        }
    }

    private List<GenEvalPrompt> prompts() throws IOException {
        if (prompts == null) {
            return GenEvalPrompt.benchmark();
        }
        try (Stream<String> lines = Files.lines(prompts)) {
            return lines.filter(line -> !line.isBlank()).map(GenEvalPrompt::parse).toList();
        } catch (java.nio.file.NoSuchFileException e) {
            throw new UnusableException("--prompts: " + prompts + " does not exist");
        }
    }

    private Optional<List<GenEvalRow>> base() throws IOException {
        if (against == null) {
            return Optional.empty();
        }
        Path file = Files.isDirectory(against) ? against.resolve(RESULTS) : against;
        requireThere("--against", file);
        try (Stream<String> lines = Files.lines(file)) {
            return Optional.of(
                    lines.filter(line -> !line.isBlank()).map(GenEvalRow::parse).toList());
        }
    }

    private void prepareOut() throws IOException {
        io.github.icthp.files.FolderFiles.make(out);
        if (!resume && (Files.exists(out.resolve(STATE)) || Files.exists(out.resolve("images")))) {
            throw new UnusableException(
                    "--out: " + out + " has an earlier run: add --resume, or name another folder");
        }
    }

    private GenEvalResult judge(Path pictures) throws IOException {
        Device device = model.device();
        try (GenEvalDetector networks =
                GenEvalDetector.load(
                        detector,
                        clip,
                        Optional.ofNullable(clipBase),
                        device,
                        judgePrecision.on(device).dtype())) {
            ArchitectureOption.tell(networks.assumption(), spec.commandLine());
            try (Bar bar = new Bar()) {
                return GenEval.of(pictures)
                        .samples(samples)
                        .rules(rules)
                        .state(out.resolve(STATE))
                        .progress(bar::accept)
                        .run(networks);
            }
        }
    }

    private int tell(GenEvalResult found, GenEvalReport report) {
        PrintWriter told =
                json ? StandardOutput.json(spec.commandLine()) : spec.commandLine().getOut();
        told.print(json ? report.toJson() : report.toText());
        told.flush();
        int problems = found.damaged().size() + found.missing().size();
        PrintWriter err = spec.commandLine().getErr();
        Stream.concat(
                        found.damaged().stream().map(d -> d.picture() + ": " + d.reason()),
                        found.missing().stream().map(name -> name + " is missing"))
                .limit(PROBLEMS_SHOWN)
                .forEach(line -> err.println("ict-hp: " + line));
        if (problems > PROBLEMS_SHOWN) {
            err.println("ict-hp: and " + (problems - PROBLEMS_SHOWN) + " more, see --out");
        }
        err.flush();
        return problems == 0 ? ExitCode.DONE : ExitCode.SOME_FAILED;
    }

    /** A bar whose length is known when the first picture is judged. */
    private static final class Bar implements AutoCloseable {

        private @Nullable ProgressLine line;

        void accept(GenEval.Progress progress) {
            if (line == null) {
                line = ProgressLine.of("judging", progress.total(), " pictures", Terminal.ERRORS);
            }
            line.stepTo(progress.done());
        }

        @Override
        public void close() {
            if (line != null) {
                line.close();
            }
        }
    }

    /** Reads the rules' name. */
    static final class RulesConverter implements ITypeConverter<GenEvalRules> {

        @Override
        public GenEvalRules convert(String value) {
            try {
                return GenEvalRules.of(value);
            } catch (IllegalArgumentException e) {
                throw new CommandLine.TypeConversionException(e.getMessage());
            }
        }
    }
}
