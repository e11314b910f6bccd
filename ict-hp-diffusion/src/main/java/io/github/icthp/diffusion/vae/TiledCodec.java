package io.github.icthp.diffusion.vae;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.staged.Activations;
import io.github.icthp.torch.staged.PassInputs;
import io.github.icthp.torch.staged.Pullback;
import io.github.icthp.torch.staged.StagedPass;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An autoencoder that works on large images tile by tile, in memory that depends on the tile alone
 * (diffusers' {@code AutoencoderKL.tiled_decode}).
 *
 * <p>Tiles overlap and are blended. The result differs a little from the whole image's, whose group
 * norms see all of it at once. Images of at most a tile are done whole.
 */
public final class TiledCodec implements LatentCodec {

    private final AutoencoderKl vae;
    private final int tile;
    private final int overlap;

    /**
     * Wraps an autoencoder.
     *
     * @param vae the autoencoder, closed with this
     * @param tiling the tiles
     * @throws IllegalArgumentException if a tile or its overlap is not a whole number of latents
     */
    public TiledCodec(AutoencoderKl vae, VaeTiling tiling) {
        this.vae = vae;
        this.tile = tiling.side() / vae.factor();
        this.overlap = (int) Math.round(tile * tiling.overlap());
        tiling.requireWhole(vae.factor());
    }

    @Override
    public int latentChannels() {
        return vae.latentChannels();
    }

    @Override
    public int factor() {
        return vae.factor();
    }

    private boolean fits(NDArray x, int side) {
        Shape shape = x.getShape();
        return shape.get(2) <= side && shape.get(3) <= side;
    }

    private TileGrid grid(NDArray x, int side, int overlap) {
        return new TileGrid(x.getShape().get(2), x.getShape().get(3), side, overlap);
    }

    @Override
    public NDArray decode(NDArray latents) {
        if (fits(latents, tile)) {
            return vae.decode(latents);
        }
        TileGrid grid = grid(latents, tile, overlap);
        List<NDArray> decoded = grid.map(latents, vae::decode);
        NDArray pixels = grid.assemble(decoded, tile * factor());
        decoded.forEach(NDArray::close);
        return pixels;
    }

    @Override
    public NDArray encode(NDArray pixels) {
        int side = tile * factor();
        if (fits(pixels, side)) {
            return vae.encode(pixels);
        }
        TileGrid grid = grid(pixels, side, overlap * factor());
        List<NDArray> moments = grid.map(pixels, vae::moments);
        return vae.scale(AutoencoderKl.distributionOf(grid.assemble(moments, tile)).mean());
    }

    @Override
    public Pullback decodeInStages(NDArray latents) {
        if (fits(latents, tile)) {
            return vae.decodeInStages(latents);
        }
        return Autograd.in(Autograd.Mode.NO_GRADIENT, () -> pullback(latents));
    }

    /** Decoded tiles are small: they are kept, and their decoding is repeated on the way back. */
    private Pullback pullback(NDArray latents) {
        TileGrid grid = grid(latents, tile, overlap);
        List<NDArray> decoded = grid.map(latents, vae::decode);
        StagedPass blending =
                StagedPass.record(
                        List.of((tiles, none) -> List.of(grid.assemble(tiles, tile * factor()))),
                        PassInputs.differentiated(decoded.toArray(NDArray[]::new)),
                        Activations.recomputed());
        return new Pullback(
                blending.output(),
                upstream ->
                        back(
                                latents,
                                grid,
                                decoded,
                                blending.backward(upstream, (name, g) -> {}).state()));
    }

    /** Carries gradients from decoded tiles to the latents, tile by tile. */
    private NDArray back(
            NDArray latents,
            TileGrid grid,
            List<NDArray> decoded,
            List<Optional<NDArray>> upstream) {
        decoded.forEach(NDArray::close);
        List<NDArray> gradients = new ArrayList<>();
        for (TileGrid.Corner corner : grid.corners()) {
            NDArray part = grid.cut(latents, corner);
            NDArray arriving = upstream.get(gradients.size()).orElseThrow();
            gradients.add(vae.decodeVjp(part, arriving));
            part.close();
            arriving.close();
        }
        NDArray sum = grid.sum(latents, gradients);
        gradients.forEach(NDArray::close);
        return sum;
    }

    @Override
    public void close() {
        vae.close();
    }
}
