package io.github.icthp.prompt;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

import com.google.common.base.Preconditions;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A GPT-2 that generates texts: one call of the program a batch, with a cache of keys and values.
 * Shapes: B rows, S tokens, V vocabulary.
 *
 * <p>Prompts of different lengths are padded on the left with the end token. Instances may be
 * shared between threads.
 *
 * @see PromptExtender
 */
public final class Gpt2Model implements AutoCloseable {

    static final TorchProgram PROGRAM = TorchProgram.of(Gpt2Model.class, "gpt2.torchscript");

    private final NDManager manager;
    private final Gpt2Config config;
    private final List<TensorDict> parts;
    private final boolean packed;

    private Gpt2Model(
            NDManager manager, Gpt2Config config, List<TensorDict> parts, boolean packed) {
        this.manager = manager;
        this.config = config;
        this.parts = parts;
        this.packed = packed;
    }

    /**
     * Loads a folder in Hugging Face's layout: {@code config.json} with {@code model.safetensors}
     * or {@code pytorch_model.bin}.
     *
     * @param folder the folder
     * @param device where the model computes
     * @param type its type, float32 or bfloat16
     * @return a model, to be closed by the caller
     * @throws io.github.icthp.weights.WeightsFormatException if a file breaks its format
     * @throws io.github.icthp.weights.WeightsMismatchException if parameters are missing,
     *     unexpected or misshapen
     * @throws java.io.UncheckedIOException if a file is missing or cannot be read
     */
    public static Gpt2Model load(Path folder, Device device, DType type) {
        Gpt2Config config = Gpt2Config.read(folder.resolve("config.json"));
        try (Weights weights = Weights.open(folder)) {
            return load(weights, config, device, type);
        }
    }

    /**
     * Loads weights strictly: names and shapes are checked before any value is read.
     *
     * @param weights open weights
     * @param config the model's shape
     * @param device where the model computes
     * @param type its type, float32 or bfloat16
     * @return a model, to be closed by the caller
     * @throws io.github.icthp.weights.WeightsMismatchException if parameters are missing,
     *     unexpected or misshapen
     */
    public static Gpt2Model load(Weights weights, Gpt2Config config, Device device, DType type) {
        boolean packed = Torch.packsLinears(device, type);
        NDManager manager = Torch.manager(device);
        try (TensorScope scope = TensorScope.open(device)) {
            Gpt2Weights.check(Parameters.check(weights, scope.manager()), config, scope.manager());
            Parameters all = Parameters.load(weights, manager, type, Memory.OWNED);
            List<TensorDict> parts = Gpt2Weights.load(all, config, manager, packed);
            return new Gpt2Model(manager, config, parts, packed);
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    /**
     * Returns the model's shape.
     *
     * @return the configuration
     */
    public Gpt2Config config() {
        return config;
    }

    /**
     * Computes the logits of whole rows.
     *
     * @param prompts B rows of token ids, of any lengths up to the model's positions
     * @return (B, S, V) with S the longest row's length; rows end at the right, and what lies
     *     before a shorter one means nothing. Owned by the thread's innermost scope
     * @throws IllegalArgumentException if there is no row, or one is empty, too long, or has an id
     *     outside the vocabulary
     */
    public NDArray logits(long[][] prompts) {
        return inference(
                () -> {
                    try (TensorScope scope = TensorScope.open(manager.getDevice())) {
                        NDArray states = trace(prompts).get(config.layers());
                        return scope.keep(PROGRAM.call("logits", states, parts, packed));
                    }
                });
    }

    /** Embeddings, each layer's output, then each layer's keys and values, (B H, S, E). */
    NDList trace(long[][] prompts) {
        Gpt2Batch batch = new Gpt2Batch(prompts, config);
        return PROGRAM.callList(
                "trace",
                batch.ids(),
                batch.pads(),
                parts,
                config.heads(),
                config.layerNormEps(),
                config.scales(),
                config.gelu(),
                packed);
    }

    /** Logits from token {@code first} on, token by token; then keys and values. */
    NDList cachedLogits(long[][] prompts, int first) {
        Gpt2Batch batch = new Gpt2Batch(prompts, config);
        return PROGRAM.callList(
                "cached_logits",
                batch.ids(),
                batch.pads(),
                batch.padded(),
                first,
                parts,
                config.heads(),
                config.layerNormEps(),
                config.scales(),
                config.gelu(),
                packed);
    }

    /**
     * Continues rows. A row ends with the end token, the batch when all rows have ended or its
     * limit is reached.
     *
     * @param prompts B rows of token ids, each at least one
     * @param decoding how tokens are chosen
     * @param draws a random number in [0, 1) for every step and row: {@code draws[step][row]}; at
     *     least as many steps as may be generated. Unused and may be empty if tokens are not drawn
     * @return the rows with what was generated
     * @throws IllegalArgumentException if a row is empty or too long, an id is outside the
     *     vocabulary, or draws are missing or out of range
     */
    public Generated generate(long[][] prompts, Decoding decoding, double[][] draws) {
        Gpt2Batch batch = new Gpt2Batch(prompts, config);
        int limit = decoding.limit(batch.length(), config.positions());
        Preconditions.checkArgument(
                limit > 0,
                "Gpt2Model: expected prompts shorter than the longest row allowed, got %s tokens with maxLength %s of %s positions",
                batch.length(),
                decoding.maxLength(),
                config.positions());
        return inference(
                () ->
                        TensorScope.call(
                                manager.getDevice(),
                                () -> generate(batch, decoding, limit, draws)));
    }

    private Generated generate(Gpt2Batch batch, Decoding decoding, int limit, double[][] draws) {
        NDArray numbers = decoding.sample() ? draws(draws, limit, batch.size()) : batch.pads();
        NDList result =
                PROGRAM.callList(
                        "generate",
                        batch.ids(),
                        batch.pads(),
                        batch.padded(),
                        numbers,
                        limit,
                        config.endToken(),
                        config.endToken(),
                        decoding.sample(),
                        decoding.temperature(),
                        decoding.topK(),
                        decoding.topP(),
                        decoding.repetitionPenalty(),
                        decoding.noRepeatNgram(),
                        decoding.minLength(),
                        parts,
                        config.heads(),
                        config.layerNormEps(),
                        config.scales(),
                        config.gelu(),
                        packed);
        NDArray rows = result.get(0);
        int length = (int) rows.getShape().get(1);
        long[] flat = rows.toLongArray();
        long[][] sequences = new long[batch.size()][];
        for (int b = 0; b < sequences.length; b++) {
            sequences[b] = Arrays.copyOfRange(flat, b * length, (b + 1) * length);
        }
        return new Generated(
                sequences, batch.length(), config.endToken(), Tensors.toFloats(result.get(1)));
    }

    private NDArray draws(double[][] draws, int steps, int rows) {
        Preconditions.checkArgument(
                draws.length >= steps,
                "Gpt2Model: expected draws for %s steps, got %s",
                steps,
                draws.length);
        double[] flat = new double[steps * rows];
        for (int s = 0; s < steps; s++) {
            Preconditions.checkArgument(
                    draws[s].length == rows,
                    "Gpt2Model: expected draws for %s rows, got %s",
                    rows,
                    draws[s].length);
            for (int r = 0; r < rows; r++) {
                Preconditions.checkArgument(
                        draws[s][r] >= 0 && draws[s][r] < 1,
                        "Gpt2Model: draws must be in [0, 1), got %s",
                        draws[s][r]);
                flat[s * rows + r] = draws[s][r];
            }
        }
        return TensorScope.current().manager().create(flat).reshape(steps, rows);
    }

    private static <T> T inference(java.util.function.Supplier<T> body) {
        return Autograd.in(Autograd.Mode.INFERENCE, body);
    }

    /** Frees every parameter. */
    @Override
    public void close() {
        manager.close();
    }
}
