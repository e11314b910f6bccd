package io.github.icthp.training;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** One line of a metrics file. */
final class MetricsLine {

    private static final String STEP = "step";
    private static final String PHASE = "phase";
    private static final String TIME = "time";

    private MetricsLine() {}

    static String format(Metrics metrics, double time) {
        JsonObject line = new JsonObject();
        line.addProperty(STEP, metrics.step());
        line.addProperty(PHASE, metrics.phase());
        line.addProperty(TIME, time);
        metrics.values()
                .forEach(
                        (name, value) -> {
                            if (Double.isFinite(value)) {
                                line.addProperty(name, value);
                            } else {
                                line.addProperty(name, value.toString());
                            }
                        });
        return line.toString();
    }

    /** Returns a line's metrics; empty if it was cut short. */
    static Optional<Metrics> parse(String line) {
        try {
            JsonObject json = JsonParser.parseString(line).getAsJsonObject();
            Map<String, Double> values = new LinkedHashMap<>();
            for (Map.Entry<String, JsonElement> entry : json.entrySet()) {
                if (!entry.getKey().equals(STEP)
                        && !entry.getKey().equals(PHASE)
                        && !entry.getKey().equals(TIME)) {
                    values.put(entry.getKey(), entry.getValue().getAsDouble());
                }
            }
            return Optional.of(
                    new Metrics(json.get(STEP).getAsLong(), json.get(PHASE).getAsString(), values));
        } catch (JsonParseException
                | IllegalStateException
                | NullPointerException
                | NumberFormatException e) {
            return Optional.empty();
        }
    }
}
