package io.github.icthp.diffusion.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.WeightsFormatException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Makes tokens of features. Shapes: N pictures, T tokens, E width of the UNet's text. */
interface ImageProjection {

    /**
     * Makes tokens.
     *
     * @param features of N pictures, as the kind reads them
     * @return (N, T, E), owned by the innermost scope
     */
    NDArray tokens(NDArray features);

    /** One linear layer and a norm (Ye et al. 2023, section 3.2.1). */
    final class Plain implements ImageProjection {

        /** Tokens of a picture. */
        private static final int TOKENS = 4;

        private final TensorDict weights;
        private final int width;

        Plain(Parameters all, AdapterShape shape) {
            this.width = shape.contextWidth();
            this.weights =
                    all.in(AdapterShape.IMAGE)
                            .linear("proj", (long) TOKENS * width, shape.featureWidth())
                            .norm("norm", width)
                            .dict();
        }

        @Override
        public NDArray tokens(NDArray features) {
            return IpAdapter.PROGRAM.call("plain", features, weights, width);
        }
    }

    /** Queries that read the tower's tokens in a few layers. */
    final class Resampler implements ImageProjection {

        private static final int HEAD_WIDTH = 64;

        private final TensorDict ends;
        private final List<TensorDict> layers = new ArrayList<>();

        Resampler(Parameters all, AdapterShape shape, Sizes sizes) {
            long d = sizes.width();
            Parameters image = all.in(AdapterShape.IMAGE);
            this.ends =
                    image.tensor("latents", 1, sizes.queries(), d)
                            .linear("proj_in", d, shape.featureWidth())
                            .linear("proj_out", shape.contextWidth(), d)
                            .norm("norm_out", shape.contextWidth())
                            .dict();
            for (int i = 0; i < sizes.depth(); i++) {
                layers.add(layer(image.in("layers." + i), d, sizes.inner()));
            }
        }

        /**
         * The sizes of a resampler.
         *
         * @param queries Q
         * @param width D
         * @param depth number of layers
         * @param inner width of all heads together
         */
        record Sizes(long queries, long width, int depth, long inner) {

            private static final String LATENTS = AdapterShape.IMAGE + ".latents";
            private static final String LAYER = AdapterShape.IMAGE + ".layers.";
            private static final String QUERY = ".0.to_q.weight";

            /** Reads them from a file's shapes; what does not go together is found by loading. */
            static Sizes of(Map<String, Shape> shapes, String source) {
                int depth = 0;
                while (shapes.containsKey(LAYER + depth + QUERY)) {
                    depth++;
                }
                Shape latents = shapes.get(LATENTS);
                long inner = depth == 0 ? 0 : shapes.get(LAYER + 0 + QUERY).get(0);
                if (latents == null
                        || latents.dimension() != 3
                        || inner == 0
                        || inner % HEAD_WIDTH != 0) {
                    throw new WeightsFormatException(
                            "StyleAdapter: "
                                    + source
                                    + " is no whole Plus adapter: expected latents (1, Q, D) and"
                                    + " layers whose heads have width "
                                    + HEAD_WIDTH
                                    + ", got "
                                    + latents
                                    + " and "
                                    + depth
                                    + " layers of inner width "
                                    + inner);
                }
                return new Sizes(latents.get(1), latents.get(2), depth, inner);
            }
        }

        private static TensorDict layer(Parameters layer, long d, long inner) {
            return layer.norm("0.norm1", d)
                    .norm("0.norm2", d)
                    .tensor("0.to_q.weight", inner, d)
                    .tensor("0.to_kv.weight", 2 * inner, d)
                    .tensor("0.to_out.weight", d, inner)
                    .norm("1.0", d)
                    .tensor("1.1.weight", 4 * d, d)
                    .tensor("1.3.weight", d, 4 * d)
                    .dict();
        }

        @Override
        public NDArray tokens(NDArray features) {
            try (TensorScope scope = TensorScope.open()) {
                NDArray image = IpAdapter.PROGRAM.call("enter", features, ends);
                NDArray x = IpAdapter.PROGRAM.call("queries", ends, features.getShape().get(0));
                for (TensorDict layer : layers) {
                    x = IpAdapter.PROGRAM.call("layer", x, image, layer, HEAD_WIDTH);
                }
                return scope.keep(IpAdapter.PROGRAM.call("leave", x, ends));
            }
        }
    }
}
