package io.github.icthp.diffusion.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.staged.Pullback;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Random;

class TiledCodecTest {

    private static final int TILE = 8;
    private static final int OVERLAP = 2;

    private final AutoencoderKl vae =
            AutoencoderKl.load(VaeTest.smallModel(), Devices.tested(), DType.FLOAT32);
    private final int factor = vae.factor();
    private final TiledCodec tiled = new TiledCodec(vae, VaeTiling.of(TILE * factor));
    private final TensorScope scope = TensorScope.open(Devices.tested());

    @AfterEach
    void close() {
        scope.close();
        tiled.close();
    }

    private NDArray latents(int rows, int columns) {
        return normal(1, vae.latentChannels(), rows, columns);
    }

    private static NDArray normal(long... shape) {
        Random random = new Random(7);
        int size = 1;
        for (long d : shape) {
            size = Math.toIntExact(size * d);
        }
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensors.of(values, shape);
    }

    @Test
    void decodesSmallImagesWhole() {
        NDArray latents = latents(TILE, TILE - 1);
        assertThat(Tensors.toFloats(tiled.decode(latents)))
                .isEqualTo(Tensors.toFloats(vae.decode(latents)));
    }

    /** Against the definition: tile by tile, each fading in over the tiles above and before it. */
    @ParameterizedTest
    @CsvSource({"9, 8", "14, 9", "20, 15", "7, 13"})
    void blendsTiles(int rows, int columns) {
        NDArray latents = latents(rows, columns);
        NDArray found = tiled.decode(latents);
        assertThat(found.getShape().getShape())
                .containsExactly(1, 3, (long) rows * factor, (long) columns * factor);
        float[] expected = new Reference(latents, rows, columns).pixels();
        Expected.assertClose("pixels", Tensors.toFloats(found), expected, 1e-5);
    }

    @Test
    void gradientEqualsThatOfTheWholeGraph() {
        NDArray leaf = Autograd.leaf(latents(14, 9));
        NDArray pixels = tiled.decode(leaf);
        NDArray upstream = normal(pixels.getShape().getShape());
        NDArray whole = Autograd.gradients(pixels, upstream, List.of(leaf)).get(0).orElseThrow();
        Pullback staged = tiled.decodeInStages(leaf);
        assertThat(Tensors.toFloats(staged.value())).isEqualTo(Tensors.toFloats(pixels));
        NDArray gradient = staged.vjp().apply(upstream);
        Expected.assertClose("gradient", Tensors.toFloats(gradient), Tensors.toFloats(whole), 1e-4);
    }

    @Test
    void encodesTiles() {
        NDArray pixels = normal(1, 3, 14L * factor, 9L * factor);
        NDArray found = tiled.encode(pixels);
        NDArray whole = vae.encode(pixels);
        assertThat(found.getShape()).isEqualTo(whole.getShape());
        // Before the second tile begins, only the group norms' view of the image differs.
        NDArray first = vae.encode(pixels.get("0:, :, :" + 8 * factor + ", :" + 8 * factor));
        assertThat(found.get("0:, :, :6, :6").contentEquals(first.get("0:, :, :6, :6"))).isTrue();
    }

    @Test
    void refusesTilesThatAreNoWholeNumberOfLatents() {
        assertThatThrownBy(() -> new TiledCodec(vae, VaeTiling.of(10 * factor)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be whole");
        assertThatThrownBy(() -> new VaeTiling(64, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("overlap 1.0");
    }

    /** Blending as the definition reads, one value at a time. */
    private final class Reference {

        private final int rows;
        private final int columns;
        private final int side = TILE * factor;
        private final int overlap = OVERLAP * factor;
        private final int step = side - overlap;
        private final float[][][][] tiles;
        private final int across;

        Reference(NDArray latents, int rows, int columns) {
            this.rows = rows * factor;
            this.columns = columns * factor;
            this.across = (columns + TILE - OVERLAP - 1) / (TILE - OVERLAP);
            int down = (rows + TILE - OVERLAP - 1) / (TILE - OVERLAP);
            this.tiles = new float[down * across][][][];
            for (int i = 0; i < tiles.length; i++) {
                int top = i / across * (TILE - OVERLAP);
                int left = i % across * (TILE - OVERLAP);
                int bottom = Math.min(top + TILE, rows);
                int right = Math.min(left + TILE, columns);
                NDArray part =
                        latents.get("0:, :, " + top + ":" + bottom + ", " + left + ":" + right);
                tiles[i] = planes(vae.decode(part), (bottom - top) * factor);
                blend(i);
            }
        }

        private float[][][] planes(NDArray pixels, int height) {
            float[] flat = Tensors.toFloats(pixels);
            int width = flat.length / 3 / height;
            float[][][] planes = new float[3][height][width];
            for (int i = 0; i < flat.length; i++) {
                planes[i / (height * width)][i / width % height][i % width] = flat[i];
            }
            return planes;
        }

        private void blend(int i) {
            for (int c = 0; c < 3; c++) {
                float[][] tile = tiles[i][c];
                if (i >= across) {
                    float[][] above = tiles[i - across][c];
                    int n = Math.min(overlap, Math.min(above.length, tile.length));
                    for (int y = 0; y < n; y++) {
                        for (int x = 0; x < tile[y].length; x++) {
                            tile[y][x] =
                                    mix(above[above.length - n + y][x], tile[y][x], (double) y / n);
                        }
                    }
                }
                if (i % across > 0) {
                    float[][] before = tiles[i - 1][c];
                    int width = before[0].length;
                    int n = Math.min(overlap, Math.min(width, tile[0].length));
                    for (int y = 0; y < tile.length; y++) {
                        for (int x = 0; x < n; x++) {
                            tile[y][x] = mix(before[y][width - n + x], tile[y][x], (double) x / n);
                        }
                    }
                }
            }
        }

        private float mix(float from, float to, double share) {
            return (float) (from * (1 - share) + to * share);
        }

        float[] pixels() {
            float[] all = new float[3 * rows * columns];
            for (int i = 0; i < all.length; i++) {
                int y = i / columns % rows;
                int x = i % columns;
                float[][][] tile = tiles[y / step * across + x / step];
                all[i] = tile[i / (rows * columns)][y % step][x % step];
            }
            return all;
        }
    }
}
