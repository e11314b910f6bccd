package io.github.icthp.examples.world;

import com.google.common.base.Preconditions;

import io.github.icthp.train.data.Split;

/**
 * The drawn world of a seed, in three parts that share no prompt.
 *
 * <pre>{@code
 * Scene scene = DrawnWorld.seed(7).split(Split.TRAIN).scene(0);
 * ImageIO.write(scene.refined(), "png", file);
 * }</pre>
 *
 * @param seed what everything in the world depends on
 * @param side the pictures' side in pixels
 * @param missing the share of scenes whose preferred picture misses a detail of the prompt
 */
public record DrawnWorld(long seed, int side, double missing) {

    /** The side of pictures if nothing else is said. */
    public static final int DEFAULT_SIDE = 64;

    /**
     * The share of scenes whose preferred picture misses a detail: people prefer the better of two
     * pictures, which need not be a faultless one.
     */
    public static final double MISSING = 0.15;

    private static final int LEAST_SIDE = 32;

    /**
     * Checks side and share.
     *
     * @param seed what everything in the world depends on
     * @param side the pictures' side in pixels
     * @param missing the share of scenes whose preferred picture misses a detail of the prompt
     * @throws IllegalArgumentException if the side is less than 32 or the share not in [0, 1]
     */
    public DrawnWorld {
        Preconditions.checkArgument(
                side >= LEAST_SIDE,
                "DrawnWorld: pictures must be at least %s pixels wide to be told apart, got %s",
                LEAST_SIDE,
                side);
        Preconditions.checkArgument(
                missing >= 0 && missing <= 1,
                "DrawnWorld: the share of preferred pictures that miss a detail must be in [0, 1],"
                        + " got %s",
                missing);
    }

    /**
     * Returns the world of a seed with pictures of the usual size.
     *
     * @param seed any number
     * @return the world
     */
    public static DrawnWorld seed(long seed) {
        return new DrawnWorld(seed, DEFAULT_SIDE, MISSING);
    }

    /**
     * Returns the same scenes in pictures of another size.
     *
     * @param pixels at least 32
     * @return the world
     * @throws IllegalArgumentException if it is less
     */
    public DrawnWorld side(int pixels) {
        return new DrawnWorld(seed, pixels, missing);
    }

    /**
     * Returns the same scenes, of which every preferred picture is right and every rejected one
     * wrong or botched beside it: what image-text models learn from.
     *
     * @return the world
     */
    public DrawnWorld faultless() {
        return new DrawnWorld(seed, side, 0);
    }

    /**
     * Returns one part of the world, without end.
     *
     * @param split which prompts
     * @return its scenes by number
     */
    public WorldSplit split(Split split) {
        return new WorldSplit(this, split);
    }
}
