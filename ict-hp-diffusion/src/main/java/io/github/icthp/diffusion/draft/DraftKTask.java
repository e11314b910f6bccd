package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDManager;

import com.google.common.base.Suppliers;
import com.google.gson.JsonObject;

import io.github.icthp.diffusion.draft.PromptOrder.Picture;
import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.training.EarlyStop;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.LossScaler;
import io.github.icthp.training.RunFolder;
import io.github.icthp.training.RunReporter;
import io.github.icthp.training.TrainingLoop;
import io.github.icthp.training.TrainingTask;
import io.github.icthp.training.Updater;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** A DRaFT-K run: gradients of its pictures, held-out prompts, and the adapters it writes. */
final class DraftKTask implements TrainingTask, AutoCloseable {

    private static final String ADAPTER = "adapter";
    private static final String BEST = "best";
    private static final String HELD_OUT = "held_out";

    private final DraftKBuilder settings;
    private final LoraAdapters lora;
    private final Updater updater;
    private final RolloutJob job;
    private final RolloutEngine.Run rollouts;
    private final Optional<HeldOut> heldOut;
    private final Supplier<HeldOut.Evaluation> base;
    private OveroptimizationGuard guard = new OveroptimizationGuard(0);
    private double heldOutReward = Double.NaN;

    /**
     * Prepares a run.
     *
     * @param settings describes it
     * @param lora the adapters, on the model
     * @param owner owns what the optimizer remembers
     */
    DraftKTask(DraftKBuilder settings, LoraAdapters lora, NDManager owner) {
        this.settings = settings;
        this.lora = lora;
        this.updater =
                new Updater(
                        settings.config().optimizer(),
                        lora.trainables(),
                        LossScaler.of(settings.model().type()),
                        owner);
        this.job = new RolloutJob(settings);
        this.heldOut =
                settings.heldOut().isEmpty()
                        ? Optional.empty()
                        : Optional.of(new HeldOut(settings));
        // Its pictures never change, so a resumed run makes the same ones again.
        this.base = Suppliers.memoize(() -> heldOut.orElseThrow().evaluateBase());
        this.rollouts =
                settings.engine()
                        .map(engine -> engine.open(job, lora))
                        .orElseGet(() -> new DeviceRollouts(settings, job, lora));
    }

    @Override
    public Updater updater() {
        return updater;
    }

    @Override
    public Map<String, Double> gradients(Gradients sum) {
        StepOutcome outcome =
                StepOutcome.of(rollouts.gradients(updater.step(), updater.lossScale(), sum));
        outcome.requireFinite(updater.step(), pictures());
        guard.trained(outcome.mean());
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("reward", outcome.mean());
        outcome.terms().forEach((name, mean) -> values.put("reward." + name, mean));
        values.put("deviation", outcome.deviation());
        if (settings.config().drift() > 0) {
            values.put("drift", outcome.drift());
        }
        return values;
    }

    @Override
    public String inputs() {
        return pictures().stream().map(Picture::toString).collect(Collectors.joining(", "));
    }

    private List<Picture> pictures() {
        int count = job.picturesPerStep();
        return job.order().pictures(updater.step() * count, count);
    }

    @Override
    public Map<String, Double> evaluate(long step, RunReporter run) {
        if (heldOut.isEmpty()) {
            return Map.of();
        }
        HeldOut.Evaluation tuned = heldOut.get().evaluate(step);
        HeldOut.Evaluation before = base.get();
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("reward", tuned.reward());
        values.put("base_reward", before.reward());
        tuned.terms().forEach((name, mean) -> values.put("reward." + name, mean));
        before.terms().forEach((name, mean) -> values.put("base_reward." + name, mean));
        if (heldOut.get().isJudged()) {
            values.put(OveroptimizationGuard.JUDGED, tuned.judged());
            values.put("base_held_out_reward", before.judged());
            tuned.judgedTerms()
                    .forEach((name, mean) -> values.put("held_out_reward." + name, mean));
            before.judgedTerms()
                    .forEach((name, mean) -> values.put("base_held_out_reward." + name, mean));
        }
        run.image(
                step,
                "before and after",
                ImageGrid.png(heldOut.get().pictures(), before.images(), tuned.images()),
                String.format(Locale.ROOT, "grids/step-%08d.png", step));
        heldOutReward = tuned.reward();
        return values;
    }

    @Override
    public EarlyStop earlyStop(int patience) {
        guard = new OveroptimizationGuard(patience);
        return guard;
    }

    @Override
    public JsonObject state() {
        JsonObject state = new JsonObject();
        if (Double.isFinite(heldOutReward)) {
            state.addProperty(HELD_OUT, heldOutReward);
        }
        return state;
    }

    @Override
    public void restore(JsonObject state) {
        if (state.has(HELD_OUT)) {
            heldOutReward = state.get(HELD_OUT).getAsDouble();
        }
    }

    @Override
    public void saved(RunFolder folder, boolean best) {
        lora.save(folder.path().resolve(ADAPTER));
        if (best) {
            lora.save(folder.path().resolve(BEST));
        }
    }

    @Override
    public List<Chart> charts() {
        return heldOut.isEmpty()
                ? List.of()
                : List.of(new Chart("rewards.png", "Rewards", name -> name.contains("reward")));
    }

    /** Frees whatever computed rollouts beside the run's own model. */
    @Override
    public void close() {
        rollouts.close();
    }

    DraftKResult result(TrainingLoop.Result run, RunFolder folder) {
        Path adapter = folder.path().resolve(ADAPTER);
        Path best = folder.path().resolve(BEST);
        return new DraftKResult(
                run.steps(),
                run.reason(),
                adapter,
                Files.isDirectory(best) ? best : adapter,
                heldOutReward);
    }
}
