package io.github.icthp.diffusion.vae;

import java.util.Locale;

/**
 * How large images are cut into overlapping tiles.
 *
 * @param side the side of a tile, in pixels
 * @param overlap the share of a tile that lies over the one before it, 0..1, exclusive
 */
public record VaeTiling(int side, double overlap) {

    /**
     * Checks the tiles.
     *
     * @param side the side of a tile, in pixels
     * @param overlap the share of a tile that lies over the one before it, 0..1, exclusive
     * @throws IllegalArgumentException if the side is not positive or the overlap not within 0..1
     */
    public VaeTiling {
        if (side <= 0 || !(overlap >= 0 && overlap < 1)) {
            throw new IllegalArgumentException(
                    "VaeTiling: side must be positive and overlap in 0..1, got side "
                            + side
                            + ", overlap "
                            + overlap);
        }
    }

    /**
     * Checks that tiles fit an autoencoder.
     *
     * @param factor the autoencoder's pixels a latent
     * @throws IllegalArgumentException if a tile or its overlap is not a whole number of latents
     */
    public void requireWhole(int factor) {
        double shared = (double) side / factor * overlap;
        if (side % factor != 0 || shared != Math.rint(shared)) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "VaeTiling: a tile's side and its overlap must be whole latents, of %s pixels each, got %s",
                            factor,
                            this));
        }
    }

    /**
     * Returns tiles of a size, a quarter of each over the one before.
     *
     * @param side the side of a tile, in pixels
     * @return the tiling
     * @throws IllegalArgumentException if the side is not positive
     */
    public static VaeTiling of(int side) {
        return new VaeTiling(side, 0.25);
    }
}
