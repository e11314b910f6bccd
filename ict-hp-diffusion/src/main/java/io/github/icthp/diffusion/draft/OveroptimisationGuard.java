package io.github.icthp.diffusion.draft;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;

import java.util.ArrayList;
import java.util.List;

/**
 * Stops a run that hacks its reward: the held-out reward falls, evaluation after evaluation, though
 * the trained one has risen meanwhile.
 */
final class OveroptimisationGuard {

    private final int patience;
    private final List<Double> trained = new ArrayList<>();
    private final List<Double> heldOut = new ArrayList<>();

    /**
     * Begins to watch.
     *
     * @param patience how many evaluations in a row must fall; 0 for never stopping
     */
    OveroptimisationGuard(int patience) {
        this.patience = patience;
    }

    /**
     * Takes note of an evaluation.
     *
     * @param trainedReward mean of the training rewards since the last evaluation
     * @param heldOutReward mean of the held-out reward now
     */
    void evaluated(double trainedReward, double heldOutReward) {
        trained.add(trainedReward);
        heldOut.add(heldOutReward);
    }

    /** Says whether the run should stop after what was evaluated so far. */
    boolean stops() {
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

    JsonArray state() {
        JsonArray state = new JsonArray();
        for (int i = 0; i < trained.size(); i++) {
            JsonArray pair = new JsonArray();
            pair.add(trained.get(i));
            pair.add(heldOut.get(i));
            state.add(pair);
        }
        return state;
    }

    void restore(JsonArray state) {
        trained.clear();
        heldOut.clear();
        for (JsonElement pair : state) {
            trained.add(pair.getAsJsonArray().get(0).getAsDouble());
            heldOut.add(pair.getAsJsonArray().get(1).getAsDouble());
        }
    }
}
