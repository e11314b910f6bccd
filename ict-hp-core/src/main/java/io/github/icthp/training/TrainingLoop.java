package io.github.icthp.training;

import com.google.gson.JsonObject;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CancellationException;

/**
 * The loop over optimizer steps, the same for every kind of run: it resumes from the newest
 * checkpoint, makes steps, writes metrics, curves and checkpoints, tells listeners, evaluates,
 * stops early, and stops at what is not finite. A {@link TrainingTask} gives what differs.
 */
public final class TrainingLoop {

    private final TrainingTask task;
    private final RunOptions options;
    private final RunFolder folder;
    private final Updater updater;
    private final EarlyStop earlyStop;
    private final long total;

    private TrainingLoop(TrainingTask task, RunOptions options, RunFolder folder) {
        this.task = task;
        this.options = options;
        this.folder = folder;
        this.updater = task.updater();
        this.earlyStop = task.earlyStop(options.patience());
        this.total = updater.config().steps();
    }

    /**
     * What came of a run.
     *
     * @param steps optimizer steps made in all
     * @param reason why it ended: {@code finished}, or what stopped it early
     */
    public record Result(long steps, String reason) {}

    /**
     * Runs a task to its end, or until it stops early.
     *
     * @param task what is trained; its weights are those after the last step then
     * @param options when it is evaluated and saved, and who is told
     * @param folder the run's folder, which stays open
     * @return what came of it
     * @throws DivergenceException if a loss or gradient is not finite; nothing was moved by the
     *     step, and the last checkpoint is as it was
     * @throws CancellationException if the thread is interrupted: the run stops before its next
     *     step, and the interrupt flag stays set
     * @throws java.io.UncheckedIOException if the folder cannot be written; earlier checkpoints are
     *     as they were
     */
    public static Result run(TrainingTask task, RunOptions options, RunFolder folder) {
        TrainingLoop loop = new TrainingLoop(task, options, folder);
        folder.checkpoints().latest().ifPresent(loop::restore);
        try (RunReporter run = new RunReporter(folder, options.listeners(), task.updater().step());
                Gradients gradients = new Gradients(task.updater().device())) {
            return loop.run(run, gradients);
        }
    }

    private void restore(SavedCheckpoint saved) {
        updater.restore(saved);
        task.restore(saved.state());
        earlyStop.restore(saved.state());
        task.moved();
    }

    private Result run(RunReporter run, Gradients gradients) {
        if (updater.step() > 0) {
            // What follows from a checkpoint is written again, as a run may have been killed
            // between
            // the two.
            publish(updater.step());
        }
        run.started(folder.record(), updater.step(), total);
        ProgressMeter meter = new ProgressMeter(updater.step(), total);
        while (updater.step() < total && earlyStop.reason().isEmpty()) {
            requireNotInterrupted();
            run.stepped(step(gradients), meter.step(task.imagesPerStep()));
            lookAfter(updater.step(), run);
        }
        String reason = earlyStop.reason().orElse("finished");
        updater.inAverage(() -> task.finished(folder));
        run.ended(updater.step(), reason);
        return new Result(updater.step(), reason);
    }

    private void requireNotInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException(
                    String.format(
                            Locale.ROOT,
                            "TrainingLoop: interrupted after %d of %d steps; resume the run in %s to go on from its last checkpoint",
                            updater.step(),
                            total,
                            folder.path()));
        }
    }

    /** Makes one optimizer step: gradients, then their application. */
    private Metrics step(Gradients gradients) {
        long start = System.nanoTime();
        gradients.clear();
        Map<String, Double> values = new LinkedHashMap<>(task.gradients(gradients));
        values.forEach(this::requireFinite);
        StepReport report = updater.apply(gradients, task::inputs);
        gradients.clear();
        task.moved();
        values.put("gradient_norm", report.gradientNorm());
        values.put("clip_factor", report.clipFactor());
        values.put("learning_rate", report.rate());
        if (updater.scaler().isDynamic()) {
            values.put("loss_scale", updater.lossScale());
            values.put("skipped_steps", (double) updater.scaler().skipped());
        }
        values.put("seconds", (System.nanoTime() - start) / 1e9);
        return new Metrics(updater.step(), Metrics.TRAIN, values);
    }

    private void requireFinite(String name, double value) {
        if (!Double.isFinite(value)) {
            throw new DivergenceException(name, value, updater.step(), task.inputs());
        }
    }

    /** Evaluates and saves when it is time to. */
    private void lookAfter(long done, RunReporter run) {
        boolean last = done == total;
        boolean evaluated = (last || done % options.evaluateEvery() == 0) && evaluate(done, run);
        boolean stop = earlyStop.reason().isPresent();
        boolean save = last || stop || done % options.saveEvery() == 0 || earlyStop.isBest(done);
        if (save) {
            save(done, run);
        }
        if (save || evaluated) {
            task.charts().forEach(run::draw);
        }
    }

    private boolean evaluate(long done, RunReporter run) {
        Map<String, Double> values = new LinkedHashMap<>();
        updater.inAverage(() -> values.putAll(task.evaluate(done, run)));
        if (!values.isEmpty()) {
            earlyStop.evaluated(done, values);
            run.evaluated(new Metrics(done, Metrics.EVALUATE, values));
        }
        return !values.isEmpty();
    }

    private void save(long done, RunReporter run) {
        JsonObject state = task.state();
        updater.save(state);
        earlyStop.save(state);
        Path saved = folder.checkpoints().save(done, state, updater.tensors());
        publish(done);
        run.saved(saved);
    }

    private void publish(long done) {
        boolean best = earlyStop.isBest(done);
        if (best) {
            folder.checkpoints().markBest(done, earlyStop.best());
        }
        updater.inAverage(() -> task.saved(folder, best));
    }
}
