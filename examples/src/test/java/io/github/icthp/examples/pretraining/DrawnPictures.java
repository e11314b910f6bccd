package io.github.icthp.examples.pretraining;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.text.PromptEncoder;
import io.github.icthp.torch.Tensors;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.SplittableRandom;

/** Colored squares, and an encoder that has a random vector for each prompt. */
final class DrawnPictures implements CaptionedPictures, PromptEncoder {

    static final int TOKEN_WIDTH = 16;
    static final int POOLED_WIDTH = 24;
    private static final int TOKENS = 3;
    private static final List<Color> COLORS = List.of(Color.RED, Color.GREEN, Color.BLUE);

    private final int side;

    DrawnPictures(int side) {
        this.side = side;
    }

    @Override
    public CaptionedPicture get(long number) {
        SplittableRandom random = new SplittableRandom(number);
        int color = random.nextInt(COLORS.size());
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setColor(COLORS.get(color));
        g.fillRect(random.nextInt(side / 2), random.nextInt(side / 2), side / 2, side / 2);
        g.dispose();
        return new CaptionedPicture("color " + color, image);
    }

    @Override
    public Conditioning encode(List<String> prompts) {
        float[] tokens = new float[prompts.size() * TOKENS * TOKEN_WIDTH];
        float[] pooled = new float[prompts.size() * POOLED_WIDTH];
        for (int i = 0; i < prompts.size(); i++) {
            SplittableRandom random = new SplittableRandom(prompts.get(i).hashCode());
            fill(tokens, i * TOKENS * TOKEN_WIDTH, TOKENS * TOKEN_WIDTH, random);
            fill(pooled, i * POOLED_WIDTH, POOLED_WIDTH, random);
        }
        NDArray sequence = Tensors.of(tokens, prompts.size(), TOKENS, TOKEN_WIDTH);
        return new Conditioning(sequence, Tensors.of(pooled, prompts.size(), POOLED_WIDTH));
    }

    private static void fill(float[] values, int from, int count, SplittableRandom random) {
        for (int i = from; i < from + count; i++) {
            values[i] = (float) random.nextGaussian();
        }
    }

    @Override
    public void close() {}
}
