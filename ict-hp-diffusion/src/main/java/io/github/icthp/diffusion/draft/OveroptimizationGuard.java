package io.github.icthp.diffusion.draft;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.training.EarlyStop;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Stops a run that hacks its reward: the held-out reward falls, evaluation after evaluation, though
 * the trained one has risen meanwhile. The best evaluation is the one of the highest held-out
 * reward.
 */
final class OveroptimizationGuard implements EarlyStop {

    /** The mean of the reward that is not optimized, if there is one. */
    static final String JUDGED = "held_out_reward";

    private final int patience;
    private final List<Double> trained = new ArrayList<>();
    private final List<Double> heldOut = new ArrayList<>();
    private double trainedSum;
    private long trainedCount;
    private double best = Double.NEGATIVE_INFINITY;
    private long bestStep;

    /**
     * Begins to watch.
     *
     * @param patience how many evaluations in a row must fall; 0 for never stopping
     */
    OveroptimizationGuard(int patience) {
        this.patience = patience;
    }

    /** Takes note of a step's mean reward. */
    void trained(double reward) {
        trainedSum += reward;
        trainedCount++;
    }

    @Override
    public void evaluated(long step, Map<String, Double> values) {
        double judged = values.getOrDefault(JUDGED, values.getOrDefault("reward", Double.NaN));
        if (judged > best) {
            best = judged;
            bestStep = step;
        }
        trained.add(trainedSum / trainedCount);
        heldOut.add(judged);
        trainedSum = 0;
        trainedCount = 0;
    }

    @Override
    public boolean isBest(long step) {
        return step == bestStep;
    }

    @Override
    public double best() {
        return best;
    }

    @Override
    public Optional<String> reason() {
        return stops()
                ? Optional.of("stopped early: the held-out reward fell while the trained one rose")
                : Optional.empty();
    }

    private boolean stops() {
        int last = heldOut.size() - 1;
        if (patience == 0 || last < patience) {
            return false;
        }
        for (int i = last - patience; i < last; i++) {
            if (heldOut.get(i + 1) >= heldOut.get(i)) {
                return false;
            }
        }
        return trained.get(last) > trained.get(last - patience);
    }

    @Override
    public void save(JsonObject state) {
        JsonArray evaluations = new JsonArray();
        for (int i = 0; i < trained.size(); i++) {
            JsonArray pair = new JsonArray();
            pair.add(trained.get(i));
            pair.add(heldOut.get(i));
            evaluations.add(pair);
        }
        state.addProperty("trained_sum", trainedSum);
        state.addProperty("trained_count", trainedCount);
        state.add("evaluations", evaluations);
        if (Double.isFinite(best)) {
            state.addProperty("best", best);
            state.addProperty("best_step", bestStep);
        }
    }

    @Override
    public void restore(JsonObject state) {
        trainedSum = state.get("trained_sum").getAsDouble();
        trainedCount = state.get("trained_count").getAsLong();
        trained.clear();
        heldOut.clear();
        for (JsonElement pair : state.getAsJsonArray("evaluations")) {
            trained.add(pair.getAsJsonArray().get(0).getAsDouble());
            heldOut.add(pair.getAsJsonArray().get(1).getAsDouble());
        }
        if (state.has("best")) {
            best = state.get("best").getAsDouble();
            bestStep = state.get("best_step").getAsLong();
        }
    }
}
