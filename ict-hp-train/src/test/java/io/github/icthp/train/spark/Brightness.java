package io.github.icthp.train.spark;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.image.ImageConfig;
import io.github.icthp.image.ImageProcessor;
import io.github.icthp.reward.PicturePreparation;
import io.github.icthp.reward.RewardDefinition;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.reward.RewardOrigin;
import io.github.icthp.reward.RewardSources;
import io.github.icthp.reward.ScoreScale;
import io.github.icthp.reward.ScoringNetwork;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.Tensors;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A reward that costs next to nothing but its decoding: the first value of a picture. */
final class Brightness implements RewardDefinition {

    static final RewardKind KIND =
            RewardKind.of("Brightness", ScoreScale.CUSTOM, false, "brightness");

    @Override
    public RewardKind kind() {
        return KIND;
    }

    @Override
    public List<String> requires() {
        return List.of();
    }

    @Override
    public Found find(RewardSources sources) {
        ImageConfig unit =
                new ImageConfig(
                        new ImageConfig.Resize.ShortestEdge(8),
                        8,
                        8,
                        ImageConfig.TO_UNIT,
                        List.of(0.0, 0.0, 0.0),
                        List.of(1.0, 1.0, 1.0));
        PicturePreparation pictures =
                PicturePreparation.of(ImageProcessor.of(unit), "the middle at 8 pixels");
        return new Found() {
            @Override
            public RewardOrigin origin() {
                return new RewardOrigin(Map.of(), pictures.description(), "", 0, "", "");
            }

            @Override
            public PicturePreparation pictures() {
                return pictures;
            }

            @Override
            public ScoringNetwork load(Device device, DType type, Use use) {
                return new First(device);
            }
        };
    }

    private record First(Device device) implements ScoringNetwork {

        @Override
        public double[][] score(NDArray pictures, int[] picture, List<String> prompts) {
            float[] values = Tensors.toFloats(pictures);
            int size = values.length / (int) pictures.getShape().get(0);
            return Arrays.stream(picture)
                    .mapToObj(row -> new double[] {values[row * size]})
                    .toArray(double[][]::new);
        }

        @Override
        public NDArray reward(NDArray pixels, List<String> prompts) {
            throw new UnsupportedOperationException("Brightness has no gradient here");
        }

        @Override
        public void close() {}
    }
}
