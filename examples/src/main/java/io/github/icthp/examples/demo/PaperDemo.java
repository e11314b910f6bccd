package io.github.icthp.examples.demo;

import ai.djl.Device;

import io.github.icthp.RewardModel;
import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.Miniature;
import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.examples.console.StepLines;
import io.github.icthp.examples.world.DrawnWorld;
import io.github.icthp.train.data.Split;
import io.github.icthp.training.RunRecord;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Every experiment of the paper that can be made on the drawn world, one after another. The page is
 * written anew after each of them, so what is done is there to be seen, and stays if the rest is
 * interrupted.
 */
final class PaperDemo {

    private static final String ACCURACY = "pair accuracies";
    private static final String SCORES = "scores of base and refined prompts";
    private static final String GENEVAL = "GenEval of the base model";
    private static final String SECOND = "a second base model";
    private static final String TRANSFER = "adapters on the second base model";

    /** What is loaded into the second base model, as in Table 7. */
    private static final List<String> TRANSFERRED = List.of(DemoRewards.COMBINED, DemoRewards.ICT);

    private final DemoRewards rewards;
    private final PaperSettings settings;
    private final Path runs;
    private final PrintWriter out;
    private final PaperProgress progress;
    private final PaperPage page;

    PaperDemo(DemoRewards rewards, PaperSettings settings, Path runs, Path file, PrintWriter out) {
        this.rewards = rewards;
        this.settings = settings;
        this.runs = runs;
        this.out = out;
        this.progress = new PaperProgress(out);
        this.page = new PaperPage(file);
        expect();
    }

    /** Foresees seconds of two cores that do little else; what they really take corrects them. */
    private void expect() {
        double pictures = 0.08 * settings.demo().pictures();
        double tasks = 0.32 * settings.each();
        double tuning = 3 + 0.25 * settings.demo().steps() + pictures + tasks;
        progress.expect(ACCURACY, 2 + 0.03 * settings.demo().triplets());
        progress.expect(SCORES, 1 + 0.04 * settings.scored());
        progress.expect(GENEVAL, pictures + tasks);
        DemoRewards.ALL.forEach(name -> progress.expect(tuning(name), tuning));
        progress.expect(SECOND, 3 + 0.4 * settings.further());
        progress.expect(TRANSFER, TRANSFERRED.size() * (pictures + tasks));
    }

    private static String tuning(String reward) {
        return "fine-tuning by " + reward;
    }

    /**
     * Makes the experiments.
     *
     * @param diffusion the folder of the base model, if it is not the library's
     */
    void run(Optional<Path> diffusion) throws IOException {
        DemoSettings demo = settings.demo();
        progress.begin(ACCURACY);
        page.accuracy(
                DemoParadox.of(
                        rewards,
                        DrawnWorld.seed(demo.seed()).side(PaperScores.SIDE).split(Split.TEST),
                        demo.triplets(),
                        demo.seed()));
        progress.begin(SCORES);
        page.scores(PaperScores.of(rewards, settings.scored(), demo.seed()));
        PaperGenEval geneval = new PaperGenEval(settings.each(), demo.seed());
        DemoRunContext context = DemoRunContext.of(demo, runs);
        List<DemoJudgment> judgments = new ArrayList<>();
        try (DiffusionPipeline pipeline = open(diffusion)) {
            progress.begin(GENEVAL);
            geneval.addPainters();
            geneval.add(PaperPage.FIRST, pipeline);
            DemoSample base = DemoSample.of(pipeline, context.heldOut(), demo.seed());
            for (String reward : DemoRewards.ALL) {
                progress.begin(tuning(reward));
                DemoJudgment judgment = tune(reward, pipeline, context, base);
                judgments.add(judgment);
                adapted(PaperPage.FIRST, judgment.tuning(), pipeline, geneval);
                page.tuning(base, judgments);
            }
        }
        page.geneval(geneval);
        transfer(diffusion, context, judgments, geneval);
        page.finish(notes());
    }

    private DemoJudgment tune(
            String name, DiffusionPipeline pipeline, DemoRunContext context, DemoSample base) {
        try (RewardModel reward = rewards.open(name)) {
            DemoTuning tuning =
                    DemoTuning.run(
                            name, reward, pipeline, context, new StepLines(out, name, "reward"));
            return DemoJudgment.of(rewards, base, tuning, settings.demo().seed());
        }
    }

    /** Judges a model with an adapter; it is as before then. */
    private static void adapted(
            String model, DemoTuning tuning, DiffusionPipeline pipeline, PaperGenEval geneval) {
        try (LoraAdapters adapters = LoraAdapters.load(tuning.adapter(), pipeline.transformer())) {
            assert !adapters.adapters().isEmpty();
            geneval.add(PaperPage.adapted(model, tuning.reward()), pipeline);
        }
    }

    private void transfer(
            Optional<Path> diffusion,
            DemoRunContext context,
            List<DemoJudgment> judgments,
            PaperGenEval geneval)
            throws IOException {
        progress.begin(SECOND);
        long seed = settings.demo().seed();
        Path second;
        try (DiffusionPipeline first = open(diffusion)) {
            second =
                    new PaperSecondBase(settings.further(), seed + 1)
                            .train(
                                    first,
                                    runs.resolve("second-base"),
                                    new StepLines(out, SECOND, "loss"));
        }
        progress.begin(TRANSFER);
        List<DemoJudgment> transferred = new ArrayList<>();
        try (DiffusionPipeline pipeline = Miniature.pipeline(second)) {
            DemoSample base = DemoSample.of(pipeline, context.heldOut(), seed);
            geneval.add(PaperPage.SECOND, pipeline);
            for (DemoJudgment judgment : judgments) {
                if (TRANSFERRED.contains(judgment.tuning().reward())) {
                    adapted(PaperPage.SECOND, judgment.tuning(), pipeline, geneval);
                    DemoTuning there = judgment.tuning().on(pipeline, context);
                    transferred.add(DemoJudgment.of(rewards, base, there, seed));
                }
            }
        }
        page.transfer(geneval, transferred);
    }

    private static DiffusionPipeline open(Optional<Path> diffusion) {
        return diffusion.map(Miniature::pipeline).orElseGet(DiffusionPipeline::miniature);
    }

    private List<String> notes() {
        DemoSettings demo = settings.demo();
        RunRecord record = RunRecord.of("paper", demo.seed(), settings, Map.of(), Device.cpu());
        return List.of(
                String.format(
                        Locale.ROOT,
                        "%d steps of DRaFT-K for each reward, K = %d of T = %d, and %d steps of the"
                                + " second base model; seed %d; %.0f seconds in all on %d processors,"
                                + " %s.",
                        demo.steps(),
                        DemoSettings.LAST,
                        Miniature.STEPS,
                        settings.further(),
                        demo.seed(),
                        progress.seconds(),
                        Runtime.getRuntime().availableProcessors(),
                        record.device()),
                "Versions: " + record.versions() + ".");
    }
}
