package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDManager;

import com.google.common.io.Closer;

import io.github.icthp.diffusion.draft.PromptOrder.Picture;
import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.diffusion.model.DiffusionTransformer;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.NativeMemory;
import io.github.icthp.torch.Torch;
import io.github.icthp.training.AdamW;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.LossScaler;
import io.github.icthp.training.Metrics;
import io.github.icthp.training.ParameterGroup;
import io.github.icthp.training.ProgressMeter;
import io.github.icthp.training.RunFolder;
import io.github.icthp.training.StepReport;
import io.github.icthp.training.Trainable;
import io.github.icthp.training.Updater;
import io.github.icthp.training.WeightAverage;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;

/** A run under way: the loop over optimiser steps, with everything around it. */
final class DraftKRun implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DraftKRun.class);

    private final DraftKBuilder settings;
    private final DraftKConfig config;
    private final NDManager owner;
    private final LoraAdapters lora;
    private final Updater updater;
    private final Optional<WeightAverage> average;
    private final Gradients gradients;
    private final DraftStep first;
    private final DraftKState state;
    private final DraftKOutput output;
    private final Optional<DraftKEvaluation> evaluation;

    private DraftKRun(
            DraftKBuilder settings, RunFolder folder, LoraAdapters lora, NDManager owner) {
        this.settings = settings;
        this.config = settings.config();
        this.lora = lora;
        this.owner = owner;
        this.gradients = new Gradients(owner.getDevice());
        List<Trainable> trainables = lora.trainables();
        this.updater = updater(trainables, settings.model().type());
        double decay = config.optimisation().average();
        this.average =
                decay == 0
                        ? Optional.empty()
                        : Optional.of(new WeightAverage(trainables, decay, owner));
        this.first = new DraftStep(settings, lora);
        this.state = new DraftKState(updater, average, config.guards().patience());
        long step = state.restore(folder.checkpoints().latest());
        this.output = new DraftKOutput(settings, folder, lora, average, step);
        this.evaluation =
                settings.heldOut().isEmpty()
                        ? Optional.empty()
                        : Optional.of(new DraftKEvaluation(settings, output, average));
    }

    /** Opens the folder and prepares everything, from the last checkpoint if there is one. */
    static DraftKRun start(DraftKBuilder settings) {
        settings.check();
        settings.model()
                .memory(settings.config())
                .ifPresent(plan -> LOG.info("DRaFT-K, beside the reward model: {}", plan));
        List<String> both =
                settings.heldOut().stream()
                        .filter(Set.copyOf(settings.prompts())::contains)
                        .toList();
        if (!both.isEmpty()) {
            settings.warnings()
                    .accept("DRaFT-K: held-out prompts that are also trained on: " + both);
        }
        RunFolder folder =
                RunFolder.open(
                        settings.output(),
                        DraftKRecord.of(settings),
                        settings.start(),
                        settings.config().guards().keep());
        NDManager owner = Torch.manager(settings.model().device());
        Closer undo = Closer.create();
        undo.register(folder::close);
        undo.register(owner::close);
        undo.register(settings.model()::end);
        settings.config().checkpointing().limitFreedMemory();
        undo.register(NativeMemory::reuse);
        try {
            settings.model().begin(settings.allPrompts());
            LoraAdapters lora = adapters(settings);
            undo.register(lora::close);
            return new DraftKRun(settings, folder, lora, owner);
        } catch (RuntimeException | Error e) {
            try {
                undo.close();
            } catch (IOException | RuntimeException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    private static LoraAdapters adapters(DraftKBuilder settings) {
        DiffusionTransformer transformer = settings.model().transformer();
        DraftKConfig config = settings.config();
        return settings.initial() == null
                ? LoraAdapters.inject(transformer, config.lora(), config.seed())
                : LoraAdapters.load(
                        settings.initial(),
                        transformer,
                        config.lora().dropout(),
                        settings.warnings());
    }

    private Updater updater(List<Trainable> trainables, DType type) {
        DraftKConfig.Optimisation o = config.optimisation();
        AdamW optimizer =
                new AdamW(
                        o.adamW(), List.of(new ParameterGroup(trainables, o.weightDecay())), owner);
        LossScaler scaler = type == DType.FLOAT16 ? LossScaler.dynamic() : LossScaler.none();
        return new Updater(optimizer, o.rate(), o.maxNorm(), scaler);
    }

    /** Runs the steps that are left. */
    DraftKResult toEnd() {
        long total = config.optimisation().iterations();
        if (updater.step() > 0) {
            output.saveAdapters(updater.step(), state);
        }
        output.started(updater.step(), total);
        ProgressMeter meter = new ProgressMeter(updater.step(), total);
        while (updater.step() < total && !state.isStopped()) {
            requireNotInterrupted(total);
            output.stepped(step(), meter.step(config.optimisation().pictures()));
            lookAfter(updater.step(), updater.step() == total);
        }
        String reason =
                state.isStopped()
                        ? "stopped early: the held-out reward fell while the trained one rose"
                        : "finished";
        output.ended(updater.step(), reason);
        return new DraftKResult(
                updater.step(), reason, output.adapter(), output.bestAdapter(), state.heldOut());
    }

    private void requireNotInterrupted(long total) {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException(
                    String.format(
                            Locale.ROOT,
                            "DraftK: interrupted after %d of %d optimiser steps; resume it to go on from the last checkpoint",
                            updater.step(),
                            total));
        }
    }

    /** Evaluates and saves when it is time to. */
    private void lookAfter(long done, boolean last) {
        if (evaluation.isPresent() && (last || done % config.guards().evaluateEvery() == 0)) {
            evaluation.get().run(done, state);
        }
        boolean save = last || state.isStopped() || done % config.guards().saveEvery() == 0;
        if (save || state.isBest(done)) {
            output.save(done, state);
        }
    }

    /** Makes one optimiser step: gradients, then their application. */
    private Metrics step() {
        long start = System.nanoTime();
        long step = updater.step();
        gradients.clear();
        DraftStep.Outcome outcome = first.gradients(step, updater.lossScale(), gradients);
        StepReport report = updater.apply(gradients, () -> describe(first.pictures(step)));
        gradients.clear();
        average.ifPresent(WeightAverage::update);
        state.trained(outcome.mean());
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("reward", outcome.mean());
        outcome.terms().forEach((name, mean) -> values.put("reward." + name, mean));
        values.put("deviation", outcome.deviation());
        values.put("gradient_norm", report.gradientNorm());
        values.put("clip_factor", report.clipFactor());
        values.put("learning_rate", report.rate());
        if (config.guards().drift() > 0) {
            values.put("drift", outcome.drift());
        }
        if (settings.model().type() == DType.FLOAT16) {
            values.put("loss_scale", updater.lossScale());
            values.put("skipped_steps", (double) updater.scaler().skipped());
        }
        values.put("seconds", (System.nanoTime() - start) / 1e9);
        return new Metrics(updater.step(), Metrics.TRAIN, values);
    }

    private static String describe(List<Picture> pictures) {
        return pictures.stream().map(Picture::toString).collect(Collectors.joining(", "));
    }

    @Override
    public void close() {
        try (owner;
                gradients;
                output) {
            lora.close();
        } finally {
            settings.model().end();
            NativeMemory.reuse();
            NativeMemory.trim();
        }
    }
}
