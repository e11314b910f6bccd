package io.github.icthp.diffusion.adapter;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;
import com.google.common.primitives.ImmutableDoubleArray;

import io.github.icthp.torch.Tensors;

import java.util.List;

/**
 * An affine map of each dimension that gives one encoder's features the means and standard
 * deviations that another's have over a sample of pictures.
 *
 * @param factors what each dimension is multiplied with
 * @param offsets what is added then
 */
public record FeatureAlignment(ImmutableDoubleArray factors, ImmutableDoubleArray offsets) {

    /** Deviations below this share of the mean deviation say nothing, and are not stretched. */
    private static final double FLAT = 1e-6;

    /** Sums over the rows of features, of one encoder. */
    private static final class Moments {

        private final double[] mean;
        private final double[] deviation;

        Moments(List<float[]> features, int width) {
            mean = new double[width];
            deviation = new double[width];
            long rows = 0;
            for (float[] values : features) {
                for (int i = 0; i < values.length; i++) {
                    mean[i % width] += values[i];
                }
                rows += values.length / width;
            }
            for (int d = 0; d < width; d++) {
                mean[d] /= rows;
            }
            for (float[] values : features) {
                for (int i = 0; i < values.length; i++) {
                    deviation[i % width] += Math.pow(values[i] - mean[i % width], 2);
                }
            }
            for (int d = 0; d < width; d++) {
                deviation[d] = Math.sqrt(deviation[d] / rows);
            }
        }

        double meanDeviation() {
            double sum = 0;
            for (double value : deviation) {
                sum += value;
            }
            return sum / deviation.length;
        }
    }

    /**
     * Fits the map.
     *
     * @param base features of the encoder to come to: of each picture whole rows of a width
     * @param exchanged features of the same pictures by the other encoder
     * @param width the features' width
     * @return the map
     * @throws IllegalArgumentException if there are fewer than two pictures
     */
    public static FeatureAlignment fit(List<float[]> base, List<float[]> exchanged, int width) {
        Preconditions.checkArgument(
                base.size() >= 2,
                "StyleAdapter: an alignment needs at least 2 pictures, better 100 of many styles,"
                        + " got %s",
                base.size());
        Moments to = new Moments(base, width);
        Moments from = new Moments(exchanged, width);
        double flat = FLAT * from.meanDeviation();
        double[] factors = new double[width];
        double[] offsets = new double[width];
        for (int d = 0; d < width; d++) {
            factors[d] = from.deviation[d] > flat ? to.deviation[d] / from.deviation[d] : 1;
            offsets[d] = to.mean[d] - factors[d] * from.mean[d];
        }
        return new FeatureAlignment(
                ImmutableDoubleArray.copyOf(factors), ImmutableDoubleArray.copyOf(offsets));
    }

    /** Maps features (..., F) of any type on any device. */
    NDArray apply(NDArray features) {
        return IpAdapter.PROGRAM.call(
                "affine", features, on(factors, features), on(offsets, features));
    }

    private static NDArray on(ImmutableDoubleArray values, NDArray like) {
        float[] floats = new float[values.length()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values.get(i);
        }
        return Tensors.to(Tensors.of(floats, floats.length), like.getDevice());
    }

    /**
     * Maps the features of a picture.
     *
     * @param features whole rows of the width
     * @return as many, mapped
     */
    public float[] apply(float[] features) {
        float[] mapped = new float[features.length];
        for (int i = 0; i < mapped.length; i++) {
            int d = i % factors.length();
            mapped[i] = (float) (features[i] * factors.get(d) + offsets.get(d));
        }
        return mapped;
    }
}
