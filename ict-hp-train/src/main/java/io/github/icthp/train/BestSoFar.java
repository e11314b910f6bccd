package io.github.icthp.train;

import com.google.gson.JsonObject;

/**
 * The best evaluation so far: the one of highest pair accuracy, and among equals of lowest loss.
 *
 * @param accuracy its pair accuracy; negative if there was none
 * @param loss its loss; infinite if it is not known
 * @param since evaluations since then
 */
record BestSoFar(double accuracy, double loss, int since) {

    static final BestSoFar NONE = new BestSoFar(-1, Double.POSITIVE_INFINITY, 0);

    /** Returns the best after one more evaluation, whose loss may be NaN. */
    BestSoFar after(double otherAccuracy, double otherLoss) {
        double known = Double.isNaN(otherLoss) ? Double.POSITIVE_INFINITY : otherLoss;
        boolean better = otherAccuracy > accuracy || (otherAccuracy == accuracy && known < loss);
        return better
                ? new BestSoFar(otherAccuracy, known, 0)
                : new BestSoFar(accuracy, loss, since + 1);
    }

    boolean exists() {
        return accuracy >= 0;
    }

    /** Says whether the last evaluation was the best. */
    boolean isNew() {
        return exists() && since == 0;
    }

    JsonObject json() {
        JsonObject json = new JsonObject();
        json.addProperty("accuracy", accuracy);
        if (Double.isFinite(loss)) {
            json.addProperty("loss", loss);
        }
        json.addProperty("since", since);
        return json;
    }

    static BestSoFar of(JsonObject json) {
        return new BestSoFar(
                json.get("accuracy").getAsDouble(),
                json.has("loss") ? json.get("loss").getAsDouble() : Double.POSITIVE_INFINITY,
                json.get("since").getAsInt());
    }
}
