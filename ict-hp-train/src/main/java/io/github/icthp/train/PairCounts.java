package io.github.icthp.train;

import com.google.common.primitives.ImmutableDoubleArray;

import java.util.LinkedHashMap;
import java.util.Map;

/** Counts pairs of a triplet's images that a model ranks as people do; a tie is half (METHOD 8). */
final class PairCounts {

    private double preferredOverRejected;
    private double refinedOverPreferred;
    private double refinedOverRejected;
    private long triplets;

    /** Adds triplets by their scores, (B, 3). */
    void add(ImmutableDoubleArray scores) {
        for (int i = 0; i < scores.length(); i += 3) {
            preferredOverRejected += won(scores.get(i + 1), scores.get(i));
            refinedOverPreferred += won(scores.get(i + 2), scores.get(i + 1));
            refinedOverRejected += won(scores.get(i + 2), scores.get(i));
            triplets++;
        }
    }

    private static double won(double better, double worse) {
        if (better == worse) {
            return 0.5;
        }
        return better > worse ? 1 : 0;
    }

    /** The mean of the three shares. */
    double accuracy() {
        return (preferredOverRejected + refinedOverPreferred + refinedOverRejected)
                / (3.0 * triplets);
    }

    /** The mean and the three shares by name. */
    Map<String, Double> values() {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put(Validation.ACCURACY, accuracy());
        values.put("i2_over_i1", preferredOverRejected / triplets);
        values.put("i3_over_i2", refinedOverPreferred / triplets);
        values.put("i3_over_i1", refinedOverRejected / triplets);
        return values;
    }
}
