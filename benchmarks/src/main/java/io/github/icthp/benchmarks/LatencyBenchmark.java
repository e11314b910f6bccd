package io.github.icthp.benchmarks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.clip.ClipConfig;
import io.github.icthp.clip.ClipConfigFile;
import io.github.icthp.clip.ClipModel;
import io.github.icthp.clip.FusedTextTower;
import io.github.icthp.clip.FusedVisionTower;
import io.github.icthp.tokenizer.ClipTokenizer;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Microseconds of one warm call on a small CLIP model, batch 1, float32: image features, text
 * features and their cosine from pixels and token ids that lie ready.
 *
 * <p>Arguments: {@code FOLDER CALLS}, a Hugging Face folder and how many calls to time.
 */
public final class LatencyBenchmark {

    private static final int WARM_UP = 2_000;

    private LatencyBenchmark() {}

    /**
     * Runs the benchmark and prints one JSON line.
     *
     * @param args a folder with {@code config.json} and weights; the number of calls
     */
    public static void main(String[] args) {
        if (args.length != 2) {
            System.err.println("usage: LatencyBenchmark FOLDER CALLS");
            System.exit(2);
        }
        Path folder = Path.of(args[0]);
        int calls = Integer.parseInt(args[1]);
        ClipConfig config = ClipConfigFile.read(folder.resolve("config.json"));
        try (Weights weights = Weights.open(folder);
                NDManager owner = Torch.manager(Device.cpu());
                ClipTokenizer tokenizer = ClipTokenizer.bundled();
                TensorScope scope = TensorScope.open(Device.cpu())) {
            Parameters all = Parameters.load(weights, owner, DType.FLOAT32, Memory.OWNED);
            FusedVisionTower vision = new FusedVisionTower(all, config, true);
            FusedTextTower textTower = new FusedTextTower(all, config, true);
            NDArray pixels = pixels(config, scope.manager());
            long[][] ids =
                    tokenizer
                            .tokenize(List.of("a tiny dragon taking a bath"), config.positions())
                            .ids();
            double[] micros = new double[calls];
            for (int i = -WARM_UP; i < calls; i++) {
                long start = System.nanoTime();
                call(vision, textTower, pixels, ids);
                if (i >= 0) {
                    micros[i] = (System.nanoTime() - start) / 1e3;
                }
            }
            java.util.Arrays.sort(micros);
            System.out.printf(
                    Locale.ROOT,
                    "{\"calls\": %d, \"median_us\": %.1f, \"p10_us\": %.1f, \"p90_us\": %.1f}%n",
                    calls,
                    micros[calls / 2],
                    micros[calls / 10],
                    micros[calls * 9 / 10]);
        }
    }

    private static float call(
            FusedVisionTower vision, FusedTextTower texts, NDArray pixels, long[][] ids) {
        return Autograd.in(
                Autograd.Mode.INFERENCE,
                () -> {
                    return TensorScope.call(
                            () -> {
                                NDArray cosine =
                                        ClipModel.cosine(
                                                vision.forward(pixels), texts.forward(ids));
                                return Tensors.toFloats(cosine)[0];
                            });
                });
    }

    private static NDArray pixels(ClipConfig config, NDManager manager) {
        int side = config.imageSize();
        float[] values = new float[3 * side * side];
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        NDArray pixels = Tensors.of(values, 1, 3, side, side);
        pixels.attach(manager);
        return pixels;
    }
}
