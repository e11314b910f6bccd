package io.github.icthp.benchmarks;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.diffusion.draft.DraftKConfig;
import io.github.icthp.diffusion.draft.DraftKOptimizer;
import io.github.icthp.diffusion.draft.DraftModel;
import io.github.icthp.files.TemporaryFiles;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.OptimizerConfig;
import io.github.icthp.training.RunListener;
import io.github.icthp.training.RunProgress;
import io.github.icthp.training.RunRecord;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** Whole optimizer steps of DRaFT-K, timed: it samples, differentiates and moves the adapter. */
final class DraftSteps {

    private DraftSteps() {}

    /** Runs a configuration's steps in a folder of their own; returns the seconds of each. */
    static double[] seconds(
            DraftModel model, DifferentiableReward reward, DraftKConfig config, FreedMemory freed) {
        StepTimes times = new StepTimes(Math.toIntExact(config.optimizer().steps()), freed);
        Path folder = TemporaryFiles.folder("draft-problem");
        try {
            DraftKOptimizer.builder()
                    .model(model)
                    .reward(reward)
                    .prompts(List.of("a prompt"))
                    .config(config)
                    .output(folder.resolve("run"))
                    .listener(times)
                    .build()
                    .run();
        } finally {
            delete(folder);
        }
        return times.seconds;
    }

    /** The optimizer of these measurements: one rollout a step. */
    static OptimizerConfig.Builder moving(OptimizerConfig.Builder optimizer, int steps) {
        return optimizer
                .steps(steps)
                .batchSize(1)
                .accumulation(1)
                .learningRate(5e-6)
                .maxGradientNorm(Double.POSITIVE_INFINITY);
    }

    private static void delete(Path folder) {
        try {
            MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Times the steps of a run. */
    private static final class StepTimes implements RunListener {

        private final double[] seconds;
        private final FreedMemory freed;
        private long last;

        StepTimes(int steps, FreedMemory freed) {
            this.seconds = new double[steps];
            this.freed = freed;
        }

        @Override
        public void started(RunRecord record, long step, long total) {
            freed.apply();
            last = System.nanoTime();
        }

        @Override
        public void stepped(Metrics metrics, RunProgress progress) {
            long now = System.nanoTime();
            seconds[Math.toIntExact(progress.step()) - 1] = (now - last) / 1e9;
            last = now;
        }
    }
}
