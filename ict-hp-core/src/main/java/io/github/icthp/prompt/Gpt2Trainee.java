package io.github.icthp.prompt;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import com.google.common.base.Preconditions;

import io.github.icthp.files.DurableFiles;
import io.github.icthp.files.FolderFiles;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.weights.SafetensorsWriter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A GPT-2 that is trained from random weights, in float32, to be a {@link PromptExtender} for a
 * small language. Its parameters have transformers' names and shapes; weights are drawn as {@code
 * GPT2PreTrainedModel._init_weights} draws them. Output layer and token embeddings are tied.
 */
public final class Gpt2Trainee implements AutoCloseable {

    private static final double DEVIATION = 0.02;

    private static final List<String> TOKENIZER = List.of("vocab.json", "merges.txt");

    private final Gpt2Config config;
    private final Gpt2Tokenizer tokenizer;
    private final Path tokenizerFolder;
    private final NDManager manager;
    private final Map<String, NDArray> tensors = new LinkedHashMap<>();
    private final SplittableRandom random;

    private Gpt2Trainee(
            Gpt2Config config,
            Gpt2Tokenizer tokenizer,
            Path tokenizerFolder,
            NDManager manager,
            long seed) {
        this.config = config;
        this.tokenizer = tokenizer;
        this.tokenizerFolder = tokenizerFolder;
        this.manager = manager;
        this.random = new SplittableRandom(seed);
    }

    /**
     * Makes a model.
     *
     * @param config its shape, with tied embeddings
     * @param seed equal seeds give equal weights
     * @param tokenizer a folder with {@code vocab.json} and {@code merges.txt}, see {@link
     *     io.github.icthp.tokenizer.FreshTokenizer#writeGpt2}
     * @param device where the model computes
     * @return the model, to be closed by the caller
     * @throws IllegalArgumentException if the embeddings are not tied
     * @throws io.github.icthp.weights.WeightsFormatException if the tokenizer is damaged
     */
    public static Gpt2Trainee fresh(Gpt2Config config, long seed, Path tokenizer, Device device) {
        Preconditions.checkArgument(
                config.tied(), "Gpt2Trainee: expected tied embeddings, got %s", config);
        Gpt2Trainee model =
                new Gpt2Trainee(
                        config,
                        Gpt2Tokenizer.load(tokenizer),
                        tokenizer,
                        Torch.manager(device),
                        seed);
        TensorScope.run(device, model::draw);
        return model;
    }

    private void draw() {
        int d = config.width();
        double residual = DEVIATION / Math.sqrt(2.0 * config.layers());
        random("wte.weight", DEVIATION, config.vocabulary(), d);
        random("wpe.weight", DEVIATION, config.positions(), d);
        for (int i = 0; i < config.layers(); i++) {
            String layer = "h." + i + ".";
            norm(layer + "ln_1", d);
            linear(layer + "attn.c_attn", DEVIATION, d, 3 * d);
            linear(layer + "attn.c_proj", residual, d, d);
            norm(layer + "ln_2", d);
            linear(layer + "mlp.c_fc", DEVIATION, d, config.mlpWidth());
            linear(layer + "mlp.c_proj", residual, config.mlpWidth(), d);
        }
        norm("ln_f", d);
    }

    private void norm(String name, int width) {
        float[] ones = new float[width];
        Arrays.fill(ones, 1);
        put(name + ".weight", ones, width);
        put(name + ".bias", new float[width], width);
    }

    private void linear(String name, double deviation, int in, int out) {
        random(name + ".weight", deviation, in, out);
        put(name + ".bias", new float[out], out);
    }

    private void random(String name, double deviation, int rows, int columns) {
        float[] values = new float[Math.multiplyExact(rows, columns)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        put(name, values, rows, columns);
    }

    private void put(String name, float[] values, long... shape) {
        NDArray tensor = Tensors.to(Tensors.of(values, shape), manager.getDevice());
        tensor.attach(manager);
        tensors.put(name, tensor);
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
     * Returns the device.
     *
     * @return where the model computes
     */
    public Device device() {
        return manager.getDevice();
    }

    /**
     * Returns what training moves: all weights.
     *
     * @return the live tensors by transformers' name; closed with this
     */
    public Map<String, NDArray> trainable() {
        return Collections.unmodifiableMap(tensors);
    }

    /**
     * Computes the mean cross-entropy of each next token, that of a text's end among them.
     *
     * @param texts B texts; of one that is too long for the model the beginning is read
     * @return a scalar, with a graph if gradients are recorded; owned by the thread's innermost
     *     scope
     * @throws IllegalArgumentException if there is no text
     */
    public NDArray loss(List<String> texts) {
        Gpt2Batch batch =
                new Gpt2Batch(texts.stream().map(this::tokens).toArray(long[][]::new), config);
        try (TensorScope scope = TensorScope.open(device())) {
            return scope.keep(
                    Gpt2Model.PROGRAM.call(
                            "loss",
                            batch.ids(),
                            batch.pads(),
                            parts(scope.manager()),
                            config.heads(),
                            config.layerNormEps(),
                            config.scales(),
                            config.gelu()));
        }
    }

    private long[] tokens(String text) {
        long[] ids = tokenizer.encode(text);
        long[] row = Arrays.copyOf(ids, Math.min(ids.length + 1, config.positions()));
        if (ids.length < row.length) {
            row[ids.length] = config.endToken();
        }
        return row;
    }

    /** The parameters as the program wants them, as a part of the graph. */
    private List<TensorDict> parts(NDManager owner) {
        List<TensorDict> parts = new ArrayList<>();
        parts.add(
                new TensorDict(
                        Map.of(
                                "wte.weight", tensor("wte.weight"),
                                "wpe.weight", tensor("wpe.weight")),
                        owner));
        for (int i = 0; i < config.layers(); i++) {
            String layer = "h." + i + ".";
            Map<String, NDArray> part = new LinkedHashMap<>();
            for (String norm : List.of("ln_1", "ln_2")) {
                part.put(norm + ".weight", tensor(layer + norm + ".weight"));
                part.put(norm + ".bias", tensor(layer + norm + ".bias"));
            }
            turned(layer + "attn.c_attn", "c_attn", part);
            turned(layer + "attn.c_proj", "c_proj", part);
            turned(layer + "mlp.c_fc", "c_fc", part);
            turned(layer + "mlp.c_proj", "mlp.c_proj", part);
            parts.add(new TensorDict(part, owner));
        }
        parts.add(
                new TensorDict(
                        Map.of(
                                "ln_f.weight", tensor("ln_f.weight"),
                                "ln_f.bias", tensor("ln_f.bias"),
                                "lm_head.weight", tensor("wte.weight")),
                        owner));
        return parts;
    }

    private void turned(String source, String name, Map<String, NDArray> part) {
        part.put(
                name + ".weight", Gpt2Model.PROGRAM.call("transposed", tensor(source + ".weight")));
        part.put(name + ".bias", tensor(source + ".bias"));
    }

    private NDArray tensor(String name) {
        NDArray tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalStateException("Gpt2Trainee: there is no " + name);
        }
        return tensor;
    }

    /**
     * Writes model and tokenizer as {@link PromptExtender#load} and transformers load them; {@code
     * config.json} is written last.
     *
     * @param folder where to; made if it is not there
     * @throws UncheckedIOException if it cannot be written
     */
    public void write(Path folder) {
        try {
            FolderFiles.make(folder);
            for (String name : TOKENIZER) {
                DurableFiles.write(
                        folder.resolve(name), Files.readAllBytes(tokenizerFolder.resolve(name)));
            }
            Map<String, NDArray> named = new LinkedHashMap<>();
            tensors.forEach((name, tensor) -> named.put("transformer." + name, tensor));
            SafetensorsWriter.write(
                    folder.resolve("model.safetensors"), named, Map.of("format", "pt"));
            DurableFiles.write(folder.resolve("config.json"), config.json());
        } catch (IOException e) {
            throw new UncheckedIOException("Gpt2Trainee: cannot write to " + folder, e);
        }
    }

    /** Frees model and tokenizer. */
    @Override
    public void close() {
        manager.close();
        tokenizer.close();
    }
}
