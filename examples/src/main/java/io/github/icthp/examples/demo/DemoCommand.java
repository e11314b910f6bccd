package io.github.icthp.examples.demo;

import ai.djl.Device;

import io.github.icthp.RewardModel;
import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.Miniature;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.RunLines;
import io.github.icthp.examples.console.StepLines;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.console.Version;
import io.github.icthp.files.FolderFiles;
import io.github.icthp.training.RunRecord;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Shows everything in small: rewards on drawn triplets, then a model tuned by them. */
@Command(
        name = "demo",
        description =
                "Scores drawn triplets, fine-tunes the miniature diffusion model by DRaFT-K, and"
                        + " writes one page that shows it.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class DemoCommand implements Callable<Integer> {

    private static final long SEED = 7;

    @Spec private CommandSpec spec;

    @Mixin private DemoRewards rewards = new DemoRewards();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "demo",
            description = "where report.html is written; default: ${DEFAULT-VALUE}")
    private Path out = Path.of("demo");

    @Option(
            names = "--paper",
            description =
                    "make every experiment of the paper that can be made on the drawn world, and"
                            + " write paper.html with the paper's figures beside ours; in under 30"
                            + " minutes on two cores, with --quick in under five. Parts that are"
                            + " done stay on the page of an interrupted run; the next run begins"
                            + " anew")
    private boolean paper;

    @Option(names = "--quick", description = "fewer steps and pictures: under two minutes")
    private boolean quick;

    @Option(
            names = "--compare",
            description = "tune by CLIP, ICT, HP and ICT-HP, side by side, not by ICT-HP alone")
    private boolean compare;

    @Option(
            names = "--from-scratch",
            description =
                    "train all models anew first, from --seed: CLIP, ICT and HP, then the diffusion"
                            + " model; it takes an hour or two, and goes on where it was interrupted")
    private boolean fromScratch;

    @Option(names = "--iterations", paramLabel = "N", description = "steps of DRaFT-K")
    private @Nullable Long iterations;

    @Option(
            names = "--pictures",
            paramLabel = "N",
            description = "held-out prompts of which pictures are made and judged")
    private @Nullable Integer pictures;

    @Option(
            names = "--triplets",
            paramLabel = "N",
            description = "drawn triplets that rewards are compared on")
    private @Nullable Integer triplets;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "" + SEED,
            description = "of prompts, noise and adapters; default: ${DEFAULT-VALUE}")
    private long seed;

    @Override
    public Integer call() throws IOException {
        long start = System.nanoTime();
        requireModels();
        FolderFiles.make(out);
        Path runs = newFolder("runs");
        Optional<Path> diffusion = fromScratch ? Optional.of(trainAll()) : Optional.empty();
        if (paper) {
            return paper(diffusion, runs);
        }
        DemoSettings settings =
                settings(quick ? DemoSettings.quick(seed) : DemoSettings.full(seed));
        say("scoring " + settings.triplets() + " drawn triplets");
        DemoParadox paradox = DemoParadox.of(rewards, settings);
        DemoRunContext context = DemoRunContext.of(settings, runs);
        try (DiffusionPipeline pipeline =
                diffusion.map(Miniature::pipeline).orElseGet(DiffusionPipeline::miniature)) {
            say("making " + settings.pictures() + " pictures of held-out prompts");
            DemoSample base = DemoSample.of(pipeline, context.heldOut(), settings.seed());
            List<DemoJudgment> judgments = new ArrayList<>();
            for (String name : compare ? DemoRewards.ALL : List.of(DemoRewards.COMBINED)) {
                judgments.add(judge(name, pipeline, context, base));
            }
            Path report = out.resolve("report.html");
            double seconds = (System.nanoTime() - start) / 1e9;
            new DemoPage(paradox, base, judgments).build(notes(settings, seconds)).write(report);
            say("adapters, checkpoints and curves of the fine-tuning: " + runs);
            say("report: " + report + text(" (%.0f s in all)", seconds));
        }
        return ExitCode.DONE;
    }

    /** Makes a folder of that name in the output, or of the first number after it that is free. */
    private Path newFolder(String name) throws IOException {
        for (int number = 1; ; number++) {
            Path folder = out.resolve(number == 1 ? name : name + "-" + number);
            try {
                return Files.createDirectory(folder);
            } catch (FileAlreadyExistsException e) {
                // an earlier demonstration's: the next number
            }
        }
    }

    private int paper(Optional<Path> diffusion, Path runs) throws IOException {
        PaperSettings all = quick ? PaperSettings.quick(seed) : PaperSettings.full(seed);
        Path file = out.resolve("paper.html");
        new PaperDemo(rewards, all.with(settings(all.demo())), runs, file, out()).run(diffusion);
        say("page: " + file);
        return ExitCode.DONE;
    }

    private DemoSettings settings(DemoSettings all) {
        return new DemoSettings(
                iterations == null ? all.steps() : iterations,
                triplets == null ? all.triplets() : triplets,
                pictures == null ? all.pictures() : pictures,
                all.prompts(),
                seed);
    }

    private void requireModels() {
        if (!fromScratch) {
            rewards.requireThere();
        } else if (rewards.named()) {
            throw new UnusableException(
                    "demo: --from-scratch trains the reward models, so --models cannot name others;"
                            + " leave one of the two away");
        }
    }

    /** Trains the reward models, which are taken from then on, and the diffusion model. */
    private Path trainAll() {
        DemoScratch scratch = DemoScratch.asShipped(out.resolve("scratch"), seed);
        say("training the reward models");
        rewards.use(scratch.rewards(new RunLines(out())));
        say("pretraining the diffusion model");
        return scratch.diffusion(new StepLines(out(), "pretraining", "loss"));
    }

    private DemoJudgment judge(
            String name, DiffusionPipeline pipeline, DemoRunContext context, DemoSample base) {
        say("fine-tuning by " + name + ", " + context.settings().steps() + " steps");
        try (RewardModel reward = rewards.open(name)) {
            DemoTuning tuning =
                    DemoTuning.run(
                            name, reward, pipeline, context, new StepLines(out(), name, "reward"));
            DemoJudgment judgment = DemoJudgment.of(rewards, base, tuning, seed);
            PairedDifference own = judgment.own();
            say(
                    text(
                            "%s on held-out prompts: %.4f before, %.4f after, difference %+.4f (95"
                                    + " %% interval %+.4f to %+.4f), %.0f %% of pictures better",
                            name,
                            own.before(),
                            own.after(),
                            own.difference(),
                            own.low(),
                            own.high(),
                            100 * own.wins()));
            return judgment;
        }
    }

    private static List<String> notes(DemoSettings settings, double seconds) {
        RunRecord record = RunRecord.of("demo", settings.seed(), settings, Map.of(), Device.cpu());
        Runtime machine = Runtime.getRuntime();
        return List.of(
                text(
                        "%d steps of DRaFT-K, K = %d of T = %d, seed %d; %.0f seconds in all.",
                        settings.steps(),
                        DemoSettings.LAST,
                        Miniature.STEPS,
                        settings.seed(),
                        seconds),
                text("Machine: %d processors, %s.", machine.availableProcessors(), record.device()),
                "Versions: " + record.versions() + ".");
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private void say(String line) {
        out().println(line);
        out().flush();
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
