package io.github.icthp.train;

import com.google.common.primitives.ImmutableDoubleArray;

import io.github.icthp.train.evaluation.Pair;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Counts pairs of a triplet's images that a model ranks as people do; a tie is half. */
final class PairCounts {

    private final Map<Pair, Long> halves = new EnumMap<>(Pair.class);
    private long triplets;

    /** Adds triplets by their scores, (B, 3). */
    void add(ImmutableDoubleArray scores) {
        for (int i = 0; i < scores.length(); i += 3) {
            for (Pair pair : Pair.values()) {
                long won = pair.outcome(scores.get(i), scores.get(i + 1), scores.get(i + 2));
                halves.merge(pair, won, Long::sum);
            }
            triplets++;
        }
    }

    /** The mean of the three shares. */
    double accuracy() {
        return halves.values().stream().mapToLong(Long::longValue).sum()
                / (2.0 * halves.size() * triplets);
    }

    /** The mean and the three shares by name. */
    Map<String, Double> values() {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put(Validation.ACCURACY, accuracy());
        halves.forEach(
                (pair, won) -> {
                    String name = pair.label().toLowerCase(Locale.ROOT).replace(">", "_over_");
                    values.put(name, won / (2.0 * triplets));
                });
        return values;
    }
}
