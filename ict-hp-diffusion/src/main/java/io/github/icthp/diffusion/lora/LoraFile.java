package io.github.icthp.diffusion.lora;

import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsFormatException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * An adapter file, open for reading: safetensors or PyTorch, in any of the {@linkplain LoraFormat
 * namings}.
 */
public final class LoraFile implements AutoCloseable {

    static final String DIFFUSERS_FILE = "pytorch_lora_weights.safetensors";
    static final String PEFT_FILE = "adapter_model.safetensors";
    static final String PEFT_CONFIG = "adapter_config.json";

    private static final String PEFT_BIN = "adapter_model.bin";
    private static final List<String> IN_FOLDER =
            List.of(DIFFUSERS_FILE, PEFT_FILE, "pytorch_lora_weights.bin", PEFT_BIN);

    private final Weights weights;
    private final LoraContent content;

    private LoraFile(Weights weights, LoraContent content) {
        this.weights = weights;
        this.content = content;
    }

    /**
     * Opens an adapter file.
     *
     * @param path the file, or a folder that holds {@code pytorch_lora_weights} or {@code
     *     adapter_model}, {@code .safetensors} or {@code .bin}
     * @return the open file, to be closed
     * @throws WeightsFormatException if it holds no LoRA adapter, but none or one of another kind,
     *     which the message names, or half of one
     * @throws UncheckedIOException if it is missing or cannot be read
     */
    public static LoraFile open(Path path) {
        Path file = Files.isDirectory(path) ? inFolder(path) : path;
        Weights weights = Weights.open(file);
        try {
            return new LoraFile(weights, new LoraContent(weights, configuration(file, weights)));
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    /**
     * Says what is in an adapter file.
     *
     * @param path the file, or a folder that holds one
     * @return its format, layers, ranks and alphas
     * @throws WeightsFormatException if it holds no adapter, or half of one
     * @throws UncheckedIOException if it is missing or cannot be read
     */
    public static LoraInspection inspect(Path path) {
        try (LoraFile file = open(path)) {
            return LoraInspection.of(file);
        }
    }

    private static Path inFolder(Path folder) {
        return IN_FOLDER.stream()
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(
                        () ->
                                new WeightsFormatException(
                                        String.format(
                                                Locale.ROOT,
                                                "%s: expected a folder with one of %s; name the file itself",
                                                folder,
                                                IN_FOLDER)));
    }

    /** Reads PEFT's configuration of the file; one beside a file of another name is not its own. */
    private static Optional<LoraMetadata> configuration(Path file, Weights weights) {
        String header = weights.metadata().get(LoraMetadata.HEADER);
        if (header != null) {
            return Optional.of(LoraMetadata.ofHeader(header, weights.source()));
        }
        Path beside = file.resolveSibling(PEFT_CONFIG);
        String name = String.valueOf(file.getFileName());
        boolean described = name.equals(PEFT_FILE) || name.equals(PEFT_BIN);
        if (!described || !Files.isRegularFile(beside)) {
            return Optional.empty();
        }
        try {
            return Optional.of(LoraMetadata.ofPeft(Files.readString(beside), beside.toString()));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + beside, e);
        }
    }

    /**
     * Returns how the file names its tensors.
     *
     * @return the format
     */
    public LoraFormat format() {
        return content.format();
    }

    /**
     * Returns the adapters.
     *
     * @return one for each layer that the file names, in the file's order
     */
    public List<LoraModule> modules() {
        return content.modules();
    }

    /**
     * Returns the tensors that belong to no adapter, for example the embeddings of new words.
     *
     * @return their names by kind
     */
    public UnappliedTensors others() {
        return content.others();
    }

    /**
     * Tells what of the file a pipeline would not use.
     *
     * @param layers the pipeline's layers
     * @return the tensors that would change nothing
     * @throws WeightsFormatException if none of its adapters belongs to a layer, or one does not
     *     fit its layer
     */
    public UnappliedTensors unapplied(AdaptableLayers layers) {
        return new AdapterPlan(this, layers).check().unapplied();
    }

    /**
     * Says whether the file has adapters for one part of a pipeline.
     *
     * @param component diffusers' name of the part: {@code transformer}, {@code text_encoder} …
     * @param layers the pipeline's layers
     * @return true if at least one of its adapters belongs to a layer of that part
     */
    public boolean adapts(String component, AdaptableLayers layers) {
        return !new AdapterPlan(this, layers).of(component).isEmpty();
    }

    LoraContent content() {
        return content;
    }

    /**
     * Returns where the file lies.
     *
     * @return a path, for messages
     */
    public String source() {
        return weights.source();
    }

    Weights weights() {
        return weights;
    }

    /** Closes the file. */
    @Override
    public void close() {
        weights.close();
    }
}
