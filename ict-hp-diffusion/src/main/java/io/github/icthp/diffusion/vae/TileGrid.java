package io.github.icthp.diffusion.vae;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.TorchProgram;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The places of overlapping tiles in a tensor (B, C, H, W).
 *
 * @param height H
 * @param width W
 * @param side the side of a tile
 * @param overlap by how much tiles overlap
 */
record TileGrid(long height, long width, int side, int overlap) {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(TileGrid.class, "tiles.torchscript");

    /** Where a tile begins. */
    record Corner(int top, int left) {}

    /** The corners, row after row. */
    List<Corner> corners() {
        List<Corner> corners = new ArrayList<>();
        for (int top = 0; top < height; top += side - overlap) {
            for (int left = 0; left < width; left += side - overlap) {
                corners.add(new Corner(top, left));
            }
        }
        return corners;
    }

    /** How many tiles stand in a row. */
    int columns() {
        int step = side - overlap;
        return (int) ((width + step - 1) / step);
    }

    /** Cuts the tiles out one by one and maps each; the tiles themselves are closed. */
    List<NDArray> map(NDArray whole, UnaryOperator<NDArray> change) {
        List<NDArray> mapped = new ArrayList<>();
        for (Corner corner : corners()) {
            NDArray tile = cut(whole, corner);
            mapped.add(change.apply(tile));
            tile.close();
        }
        return mapped;
    }

    NDArray cut(NDArray whole, Corner corner) {
        return PROGRAM.call("cut", whole, corner.top(), corner.left(), side);
    }

    /** Sums tiles where they were cut out. */
    NDArray sum(NDArray whole, List<NDArray> tiles) {
        NDArray sum = PROGRAM.call("zeros_like", whole);
        List<Corner> corners = corners();
        for (int i = 0; i < tiles.size(); i++) {
            Corner corner = corners.get(i);
            PROGRAM.call("add", sum, tiles.get(i), corner.top(), corner.left()).close();
        }
        return sum;
    }

    /** Blends tiles that were mapped to another scale: this grid's side becomes {@code mapped}. */
    NDArray assemble(List<NDArray> tiles, int mapped) {
        int mappedOverlap = (int) ((long) mapped * overlap / side);
        return PROGRAM.call("assemble", tiles, columns(), mappedOverlap, mapped - mappedOverlap);
    }
}
