package io.github.icthp.diffusion.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.diffusion.vae.TinyAutoencoder.Latents;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.NamedShapes;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsMismatchException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

import javax.imageio.ImageIO;

class TinyAutoencoderTest {

    @ParameterizedTest
    @EnumSource(Latents.class)
    void codesAnImageWithRandomWeights(Latents latents) {
        try (TinyAutoencoder tiny = random(latents)) {
            TensorScope.run(
                    Devices.tested(),
                    () -> {
                        NDArray pixels = Tensors.of(normal(3 * 24 * 16), 1, 3, 24, 16);
                        NDArray z = tiny.encode(pixels);
                        assertThat(z.getShape().getShape())
                                .containsExactly(1, tiny.latentChannels(), 3, 2);
                        assertThat(tiny.decode(z).getShape()).isEqualTo(pixels.getShape());
                    });
        }
    }

    @ParameterizedTest
    @EnumSource(Latents.class)
    void gradientStageByStageEqualsThatOfTheWholeGraph(Latents latents) {
        try (TinyAutoencoder tiny = random(latents)) {
            TensorScope.run(
                    Devices.tested(),
                    () -> {
                        int c = tiny.latentChannels();
                        NDArray z = Tensors.of(normal(2 * c * 6), 2, c, 2, 3);
                        NDArray leaf = Autograd.leaf(z);
                        NDArray pixels = tiny.decode(leaf);
                        NDArray upstream = Tensors.of(normal(2 * 3 * 16 * 24), 2, 3, 16, 24);
                        NDArray whole =
                                Autograd.gradients(pixels, upstream, List.of(leaf))
                                        .get(0)
                                        .orElseThrow();
                        assertThat(Tensors.toFloats(tiny.decodeVjp(z, upstream)))
                                .isEqualTo(Tensors.toFloats(whole));
                    });
        }
    }

    @Test
    void listsWhatIsAnotherModels() {
        assertThatThrownBy(
                        () ->
                                TinyAutoencoder.load(
                                        encoder(Latents.STABLE_DIFFUSION),
                                        decoder(Latents.STABLE_DIFFUSION),
                                        Latents.FLUX2,
                                        Devices.tested(),
                                        DType.FLOAT32))
                .isInstanceOf(WeightsMismatchException.class)
                .hasMessageContaining("11.pool.0.weight")
                .hasMessageContaining("14.bias expected (32) got (4)");
    }

    /** The authors' code reaches these figures on the same picture. */
    @Test
    void codesAPictureAsWellAsItsAuthorsCode() throws IOException {
        Path shared = Path.of(System.getProperty("shared.dir", "../../shared"));
        Path weights = shared.resolve("data/weights");
        assumeThat(Files.isDirectory(weights))
                .as("trained weights in %s (-Dshared.dir)", weights.toAbsolutePath())
                .isTrue();
        float[] picture = read(shared.resolve("golden/images/Ferrari_car_I2.jpg"));
        for (DType type : List.of(DType.FLOAT32, DType.BFLOAT16)) {
            try (TinyAutoencoder tiny =
                    TinyAutoencoder.load(
                            weights.resolve("taef2_encoder.pth"),
                            weights.resolve("taef2_decoder.pth"),
                            Latents.FLUX2,
                            Devices.tested(),
                            type)) {
                TensorScope.run(
                        Devices.tested(),
                        () -> {
                            double found =
                                    Autograd.in(
                                            Autograd.Mode.INFERENCE,
                                            () ->
                                                    psnr(
                                                            picture,
                                                            tiny.decode(
                                                                    tiny.encode(tensor(picture)))));
                            if (type == DType.FLOAT32) {
                                assertThat(found).isCloseTo(29.7947, within(0.001));
                            } else {
                                assertThat(found).isCloseTo(29.7482, within(0.05));
                            }
                        });
            }
        }
    }

    private static NDArray tensor(float[] picture) {
        int side = (int) Math.sqrt(picture.length / 3.0);
        return Tensors.of(picture, 1, 3, side, side);
    }

    /** The middle of a picture as planes of -1..1. */
    private static float[] read(Path file) throws IOException {
        BufferedImage image = ImageIO.read(file.toFile());
        int side = 256;
        int corner = 128;
        float[] planes = new float[3 * side * side];
        for (int i = 0; i < side * side; i++) {
            int rgb = image.getRGB(corner + i % side, corner + i / side);
            for (int c = 0; c < 3; c++) {
                planes[c * side * side + i] = (rgb >> (16 - 8 * c) & 255) / 127.5f - 1;
            }
        }
        return planes;
    }

    /** Peak signal to noise ratio in decibels, of pixels in 0..1. */
    private static double psnr(float[] expected, NDArray pixels) {
        float[] found = Tensors.toFloats(pixels);
        double sum = 0;
        for (int i = 0; i < found.length; i++) {
            double bounded = Math.max(-1, Math.min(1, found[i]));
            sum += Math.pow((bounded - expected[i]) / 2, 2);
        }
        return -10 * Math.log10(sum / found.length);
    }

    // ---- random weights under the names that taesd.py gives them

    private static TinyAutoencoder random(Latents latents) {
        return TinyAutoencoder.load(
                encoder(latents), decoder(latents), latents, Devices.tested(), DType.FLOAT32);
    }

    private static int channels(Latents latents) {
        return switch (latents) {
            case STABLE_DIFFUSION -> 4;
            case SIXTEEN_CHANNELS -> 16;
            case FLUX2 -> 32;
        };
    }

    private static Weights encoder(Latents latents) {
        RandomWeights weights = new RandomWeights();
        weights.conv("0", 64, 3).conv("14", channels(latents), 64);
        IntStream.of(2, 6, 10).forEach(i -> weights.add(i + ".weight", 64, 64, 3, 3));
        IntStream.of(1, 3, 4, 5, 7, 8, 9).forEach(i -> weights.block(i, false));
        IntStream.of(11, 12, 13).forEach(i -> weights.block(i, latents == Latents.FLUX2));
        return weights;
    }

    private static Weights decoder(Latents latents) {
        RandomWeights weights = new RandomWeights();
        weights.conv("1", 64, channels(latents)).conv("19", 3, 64);
        IntStream.of(7, 12, 17).forEach(i -> weights.add(i + ".weight", 64, 64, 3, 3));
        IntStream.of(8, 9, 10, 13, 14, 15, 18).forEach(i -> weights.block(i, false));
        IntStream.of(3, 4, 5).forEach(i -> weights.block(i, latents == Latents.FLUX2));
        return weights;
    }

    private static float[] normal(int size) {
        Random random = new Random(size);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static final class RandomWeights extends NamedShapes {

        private final Map<String, Shape> shapes;

        RandomWeights() {
            this(new LinkedHashMap<>());
        }

        private RandomWeights(Map<String, Shape> shapes) {
            super(shapes);
            this.shapes = shapes;
        }

        RandomWeights add(String name, long... shape) {
            shapes.put(name, new Shape(shape));
            return this;
        }

        RandomWeights conv(String name, long out, long in) {
            return add(name + ".weight", out, in, 3, 3).add(name + ".bias", out);
        }

        void block(int layer, boolean pooled) {
            IntStream.of(0, 2, 4).forEach(i -> conv(layer + ".conv." + i, 64, 64));
            if (pooled) {
                add(layer + ".pool.0.weight", 256, 64, 1, 1);
                add(layer + ".pool.1.weight", 256).add(layer + ".pool.1.bias", 256);
                add(layer + ".pool.3.weight", 64, 256, 1, 1);
            }
        }

        @Override
        public ByteBuffer data(String name) {
            int size = Math.toIntExact(info(name).elements());
            ByteBuffer bytes = ByteBuffer.allocateDirect(4 * size).order(ByteOrder.nativeOrder());
            Random random = new Random(size);
            for (int i = 0; i < size; i++) {
                bytes.putFloat(0.2f * (random.nextFloat() - 0.5f));
            }
            return bytes.flip();
        }
    }
}
