package io.github.icthp.training;

import com.google.gson.JsonObject;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The best evaluation is the one of the highest score, and among equals of the lowest loss; the run
 * stops early when several in a row were no better.
 */
public final class BestEvaluation implements EarlyStop {

    private static final String STATE = "best";
    private static final String SCORE = "score";
    private static final String LOSS = "loss";

    private final String scoreName;
    private final String lossName;
    private final int patience;
    private double score = Double.NEGATIVE_INFINITY;
    private double loss = Double.POSITIVE_INFINITY;
    private long step = -1;
    private int since;

    /**
     * Begins to watch.
     *
     * @param score the metric that is to be high; an evaluation has it always
     * @param loss the metric that is to be low among equal scores; an evaluation may lack it
     * @param patience how many evaluations in a row must be no better to stop; 0 for never
     */
    public BestEvaluation(String score, String loss, int patience) {
        this.scoreName = score;
        this.lossName = loss;
        this.patience = patience;
    }

    @Override
    public void evaluated(long now, Map<String, Double> values) {
        double newScore = values.getOrDefault(scoreName, Double.NaN);
        double newLoss = values.getOrDefault(lossName, Double.POSITIVE_INFINITY);
        if (newScore > score || (newScore == score && newLoss < loss)) {
            score = newScore;
            loss = newLoss;
            step = now;
            since = 0;
        } else {
            since++;
        }
    }

    @Override
    public boolean isBest(long now) {
        return now == step;
    }

    @Override
    public double best() {
        return Double.isFinite(score) ? score : Double.NaN;
    }

    @Override
    public Optional<String> reason() {
        return patience == 0 || since < patience
                ? Optional.empty()
                : Optional.of(
                        String.format(
                                Locale.ROOT,
                                "stopped early: %d evaluations brought nothing better",
                                patience));
    }

    @Override
    public void save(JsonObject state) {
        JsonObject json = new JsonObject();
        if (Double.isFinite(score)) {
            json.addProperty(SCORE, score);
        }
        if (Double.isFinite(loss)) {
            json.addProperty(LOSS, loss);
        }
        json.addProperty("step", step);
        json.addProperty("since", since);
        state.add(STATE, json);
    }

    @Override
    public void restore(JsonObject state) {
        JsonObject json = state.getAsJsonObject(STATE);
        // Checkpoints of version 0.1 had an accuracy, negative for none, and no step.
        String name = json.has("accuracy") ? "accuracy" : SCORE;
        double found = number(json, name, Double.NEGATIVE_INFINITY);
        score = found < 0 && !name.equals(SCORE) ? Double.NEGATIVE_INFINITY : found;
        loss = number(json, LOSS, Double.POSITIVE_INFINITY);
        step = json.has("step") ? json.get("step").getAsLong() : -1;
        since = json.get("since").getAsInt();
    }

    private static double number(JsonObject json, String name, double otherwise) {
        return json.has(name) ? json.get(name).getAsDouble() : otherwise;
    }
}
