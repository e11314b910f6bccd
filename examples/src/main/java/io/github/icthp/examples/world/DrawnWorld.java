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
 */
public record DrawnWorld(long seed, int side) {

    /** The side of pictures if nothing else is said. */
    public static final int DEFAULT_SIDE = 64;

    private static final int LEAST_SIDE = 32;

    /**
     * Checks the side.
     *
     * @param seed what everything in the world depends on
     * @param side the pictures' side in pixels
     * @throws IllegalArgumentException if it is less than 32
     */
    public DrawnWorld {
        Preconditions.checkArgument(
                side >= LEAST_SIDE,
                "DrawnWorld: pictures must be at least %s pixels wide to be told apart, got %s",
                LEAST_SIDE,
                side);
    }

    /**
     * Returns the world of a seed with pictures of the usual size.
     *
     * @param seed any number
     * @return the world
     */
    public static DrawnWorld seed(long seed) {
        return new DrawnWorld(seed, DEFAULT_SIDE);
    }

    /**
     * Returns the same scenes in pictures of another size.
     *
     * @param pixels at least 32
     * @return the world
     * @throws IllegalArgumentException if it is less
     */
    public DrawnWorld side(int pixels) {
        return new DrawnWorld(seed, pixels);
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
