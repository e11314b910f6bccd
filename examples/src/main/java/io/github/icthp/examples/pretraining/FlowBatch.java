package io.github.icthp.examples.pretraining;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import io.github.icthp.torch.Tensors;

import java.awt.image.BufferedImage;
import java.util.List;

/**
 * Pictures of one step and what is done to them.
 *
 * @param prompts B prompts, empty where one was dropped
 * @param images B pictures of one size
 * @param levels B noise levels
 * @param noiseSeed what their noise is drawn from
 */
record FlowBatch(
        List<String> prompts, List<BufferedImage> images, List<NoiseLevel> levels, long noiseSeed) {

    /**
     * How noisy a picture is made.
     *
     * @param sigma share of noise
     * @param timestep what the transformer is told
     * @param weight what the error counts
     */
    record NoiseLevel(float sigma, float timestep, float weight) {}

    float[] sigmas() {
        return floats(NoiseLevel::sigma);
    }

    float[] timesteps() {
        return floats(NoiseLevel::timestep);
    }

    float[] weights() {
        return floats(NoiseLevel::weight);
    }

    private interface Part {
        float of(NoiseLevel level);
    }

    private float[] floats(Part part) {
        float[] values = new float[levels.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = part.of(levels.get(i));
        }
        return values;
    }

    /** The pictures as (B, 3, H, W) in -1..1. */
    NDArray pixels() {
        int width = images.get(0).getWidth();
        int height = images.get(0).getHeight();
        int plane = width * height;
        float[] values = new float[images.size() * 3 * plane];
        int[] row = new int[plane];
        for (int b = 0; b < images.size(); b++) {
            BufferedImage image = images.get(b);
            Preconditions.checkArgument(
                    image.getWidth() == width && image.getHeight() == height,
                    "FlowMatchingTrainer: expected pictures of one size, %s x %s, got %s x %s",
                    width,
                    height,
                    image.getWidth(),
                    image.getHeight());
            image.getRGB(0, 0, width, height, row, 0, width);
            for (int i = 0; i < plane; i++) {
                for (int c = 0; c < 3; c++) {
                    int level = row[i] >> (16 - 8 * c) & 0xFF;
                    values[(3 * b + c) * plane + i] = level / 127.5f - 1;
                }
            }
        }
        return Tensors.of(values, images.size(), 3, height, width);
    }
}
