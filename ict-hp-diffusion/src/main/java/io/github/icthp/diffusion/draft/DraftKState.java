package io.github.icthp.diffusion.draft;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;
import com.google.gson.Gson;
import com.google.gson.JsonObject;

import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.LossScaler;
import io.github.icthp.training.SavedCheckpoint;
import io.github.icthp.training.Updater;
import io.github.icthp.training.WeightAverage;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** All that changes in a run, in and out of checkpoints. */
final class DraftKState {

    private static final Gson GSON = new Gson();

    private final Updater updater;
    private final Optional<WeightAverage> average;
    private final OveroptimisationGuard guard;
    private double trainedSum;
    private long trainedCount;
    private double best = Double.NEGATIVE_INFINITY;
    private long bestStep;
    private double heldOut = Double.NaN;

    DraftKState(Updater updater, Optional<WeightAverage> average, int patience) {
        this.updater = updater;
        this.average = average;
        this.guard = new OveroptimisationGuard(patience);
    }

    /** Takes note of a step's mean reward. */
    void trained(double reward) {
        trainedSum += reward;
        trainedCount++;
    }

    /**
     * Takes note of an evaluation.
     *
     * @param step optimiser steps made
     * @param reward mean on held-out prompts of the reward that is optimised
     * @param judged mean of the reward that is not
     */
    void evaluated(long step, double reward, double judged) {
        heldOut = reward;
        if (judged > best) {
            best = judged;
            bestStep = step;
        }
        guard.evaluated(trainedSum / trainedCount, judged);
        trainedSum = 0;
        trainedCount = 0;
    }

    /** Says whether the run should stop early. */
    boolean isStopped() {
        return guard.stops();
    }

    /** Says whether the evaluation after a step was the best so far. */
    boolean isBest(long step) {
        return step == bestStep;
    }

    /** The best of the rewards that are not optimised. */
    double best() {
        return best;
    }

    /** The last held-out mean of the optimised reward; not a number if there was no evaluation. */
    double heldOut() {
        return heldOut;
    }

    JsonObject json() {
        JsonObject json = new JsonObject();
        json.add("loss_scaler", GSON.toJsonTree(updater.scaler().state()));
        json.addProperty("trained_sum", trainedSum);
        json.addProperty("trained_count", trainedCount);
        json.add("evaluations", guard.state());
        if (Double.isFinite(best)) {
            json.addProperty("best", best);
            json.addProperty("best_step", bestStep);
            json.addProperty("held_out", heldOut);
        }
        return json;
    }

    Map<String, Map<String, NDArray>> tensors() {
        Map<String, Map<String, NDArray>> sections = new LinkedHashMap<>();
        sections.put("weights", updater.optimizer().masters());
        sections.put("optimizer", updater.optimizer().state());
        average.ifPresent(a -> sections.put("average", a.tensors()));
        return sections;
    }

    /** Goes back to a checkpoint, and returns the steps made so far. */
    long restore(Optional<SavedCheckpoint> checkpoint) {
        checkpoint.ifPresent(this::restore);
        return updater.step();
    }

    private void restore(SavedCheckpoint saved) {
        try (TensorScope scope = TensorScope.open(Device.cpu())) {
            updater.optimizer().restore(saved.tensors("weights"), saved.tensors("optimizer"));
            average.ifPresent(a -> restore(a.tensors(), saved.tensors("average")));
            assert scope == TensorScope.current();
        }
        JsonObject json = saved.state();
        updater.scaler().restore(GSON.fromJson(json.get("loss_scaler"), LossScaler.State.class));
        updater.resumeAt(saved.step());
        trainedSum = json.get("trained_sum").getAsDouble();
        trainedCount = json.get("trained_count").getAsLong();
        guard.restore(json.getAsJsonArray("evaluations"));
        if (json.has("best")) {
            best = json.get("best").getAsDouble();
            bestStep = json.get("best_step").getAsLong();
            heldOut = json.get("held_out").getAsDouble();
        }
    }

    private static void restore(Map<String, NDArray> averages, Map<String, NDArray> saved) {
        averages.forEach(
                (name, tensor) ->
                        Tensors.overwrite(
                                tensor,
                                Preconditions.checkNotNull(
                                        saved.get(name),
                                        "the checkpoint lacks the average of %s",
                                        name)));
    }
}
