package io.github.icthp.diffusion.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.transformer.Adapters;
import io.github.icthp.diffusion.transformer.DiffusionTransformer;
import io.github.icthp.optim.Trainable;
import io.github.icthp.run.Seeds;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * Adapters on a transformer: they change what it computes and never its weights.
 *
 * <pre>{@code
 * try (LoraAdapters lora = LoraAdapters.load(Path.of("style.safetensors"), transformer)) {
 *     lora.scale(0.8);
 *     …
 * }   // the transformer is as it was
 * }</pre>
 *
 * <p>One set of adapters is on a transformer at a time. Changes are made by one thread while no
 * other uses the transformer.
 */
public final class LoraAdapters implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LoraAdapters.class);

    private final DiffusionTransformer transformer;
    private final NDManager owner;
    private Map<String, LinearAdapter> adapters;
    private final List<String> unmatched;
    private final double dropout;
    private double factor = 1;
    private final Map<String, NDArray> fused = new LinkedHashMap<>();
    private final List<Trainable> trainables = new ArrayList<>();

    private LoraAdapters(
            DiffusionTransformer transformer,
            NDManager owner,
            Map<String, LinearAdapter> adapters,
            List<String> unmatched,
            double dropout) {
        this.transformer = transformer;
        this.owner = owner;
        this.adapters = Collections.unmodifiableMap(adapters);
        this.unmatched = List.copyOf(unmatched);
        this.dropout = dropout;
        attach();
    }

    /**
     * Puts fresh adapters on a transformer, to be trained. They change nothing yet.
     *
     * @param transformer the transformer
     * @param config rank, alpha, targets, dropout and beginning
     * @param seed from which lora_A is drawn
     * @return the adapters, to be closed before the transformer
     * @throws IllegalArgumentException if no layer is among the targets
     */
    public static LoraAdapters inject(
            DiffusionTransformer transformer, LoraConfig config, long seed) {
        NDManager owner = Torch.manager(transformer.device());
        try {
            Map<String, LinearAdapter> fresh =
                    new FreshAdapters(config, seed, owner).on(transformer.linears());
            return new LoraAdapters(transformer, owner, fresh, List.of(), config.dropout());
        } catch (RuntimeException e) {
            owner.close();
            throw e;
        }
    }

    /**
     * Puts a file's adapters on a transformer. What in the file belongs to no layer is listed by
     * {@link #unmatched} and logged.
     *
     * @param path the file, or a folder that holds one
     * @param transformer the transformer
     * @return the adapters, to be closed before the transformer
     * @throws io.github.icthp.weights.WeightsFormatException if the file is no adapter file, none
     *     of its adapters belongs to a layer, or one does not fit its layer
     */
    public static LoraAdapters load(Path path, DiffusionTransformer transformer) {
        return load(path, transformer, 0);
    }

    /**
     * Puts a file's adapters on a transformer, to be trained further.
     *
     * @param path the file, or a folder that holds one
     * @param transformer the transformer
     * @param dropout the share of inputs that the adapters do not see in training, in [0, 1)
     * @return the adapters, to be closed before the transformer
     * @throws io.github.icthp.weights.WeightsFormatException if the file is no adapter file, none
     *     of its adapters belongs to a layer, or one does not fit its layer
     */
    public static LoraAdapters load(Path path, DiffusionTransformer transformer, double dropout) {
        NDManager owner = Torch.manager(transformer.device());
        try (LoraFile file = LoraFile.open(path)) {
            AdapterReader reader = new AdapterReader(file, transformer.linears(), owner);
            if (!reader.unmatched().isEmpty()) {
                LOG.warn(
                        "{}: {} of its names belong to no layer of the transformer: {}",
                        file.source(),
                        reader.unmatched().size(),
                        reader.unmatched());
            }
            Map<String, LinearAdapter> read = reader.adapters();
            read.replaceAll((layer, adapter) -> LoraDropout.on(adapter, dropout, owner));
            return new LoraAdapters(transformer, owner, read, reader.unmatched(), dropout);
        } catch (RuntimeException e) {
            owner.close();
            throw e;
        }
    }

    /**
     * Returns the adapters.
     *
     * @return them by the paths of their layers, at the scales of their file or configuration
     */
    public Map<String, LinearAdapter> adapters() {
        return adapters;
    }

    /**
     * Returns what in the file belonged to no layer.
     *
     * @return names of the file; empty if all of it is in use
     */
    public List<String> unmatched() {
        return unmatched;
    }

    /**
     * Makes the adapters trainable: from now on gradients of the transformer reach them.
     *
     * @return their matrices, named as in an adapter file without its prefix
     */
    public List<Trainable> trainables() {
        requireNotFused("trained");
        if (trainables.isEmpty()) {
            Map<String, LinearAdapter> leaves = new LinkedHashMap<>();
            adapters.forEach((path, adapter) -> leaves.put(path, leaves(adapter)));
            adapters = Collections.unmodifiableMap(leaves);
            leaves.forEach(
                    (path, leaf) -> {
                        trainables.add(Trainable.of(path + LinearAdapter.A_SUFFIX, leaf.a()));
                        trainables.add(Trainable.of(path + LinearAdapter.B_SUFFIX, leaf.b()));
                    });
            attach();
        }
        return Collections.unmodifiableList(trainables);
    }

    /** The same matrices, requiring gradients. */
    private LinearAdapter leaves(LinearAdapter adapter) {
        try (TensorScope scope = TensorScope.open(owner.getDevice())) {
            return new LinearAdapter(
                    scope.keep(Autograd.leaf(adapter.a()), owner),
                    scope.keep(Autograd.leaf(adapter.b()), owner),
                    adapter.scale(),
                    adapter.dropout());
        }
    }

    /**
     * Draws anew which inputs the adapters do not see, and hides them from now on. Nothing is drawn
     * if the configuration has no dropout.
     *
     * @param seed equal seeds hide the same inputs
     */
    public void dropOut(long seed) {
        // One of 2^32: that is how far the layers' hash sees.
        setDropout(path -> Seeds.derive(seed, 0, path) >>> 32, (float) (1 - dropout));
    }

    /** Lets the adapters see all inputs again. */
    public void stopDropout() {
        setDropout(path -> 0, 1);
    }

    private void setDropout(ToLongFunction<String> seeds, float keep) {
        try (TensorScope scope = TensorScope.open(owner.getDevice())) {
            NDArray share = scope.manager().create(keep);
            adapters.forEach(
                    (path, adapter) -> {
                        if (adapter.dropout().isPresent()) {
                            LoraDropout hiding = adapter.dropout().get();
                            NDArray seed = scope.manager().create(seeds.applyAsLong(path));
                            Tensors.overwrite(hiding.seed(), seed);
                            Tensors.overwrite(hiding.keep(), share);
                        }
                    });
        }
    }

    /**
     * Strengthens or weakens the adapters.
     *
     * @param value what their own scales are multiplied by; 0 is the base model
     * @throws IllegalStateException if they are fused
     */
    public void scale(double value) {
        Preconditions.checkArgument(
                Double.isFinite(value),
                "LoraAdapters.scale: expected a finite factor, got %s",
                value);
        requireNotFused("scaled");
        factor = value;
        attach();
    }

    /**
     * Runs a body as if there were no adapters, on this thread.
     *
     * @param body what to run
     * @param <T> type of its result
     * @return the body's result
     */
    public <T> T disabled(Supplier<T> body) {
        return Adapters.disabled(body);
    }

    /**
     * Computes the adapted layers' matrices once, {@code W + scale B A}, so that the adapters cost
     * nothing more. The loaded matrices stay as they are; the fused ones take memory of their own.
     *
     * @throws IllegalStateException if they are fused already
     */
    public void fuse() {
        requireNotFused("fused");
        Map<String, NDArray> loaded = transformer.weights(adapters.keySet());
        adapters.forEach((path, adapter) -> fused.put(path, fused(loaded.get(path), adapter)));
        transformer.adapt(Map.of());
        transformer.replaceWeights(fused);
    }

    /** The matrices of fused layers by path, while they are fused. */
    Map<String, NDArray> fusedMatrices() {
        return fused;
    }

    private NDArray fused(NDArray weight, LinearAdapter adapter) {
        return Autograd.in(
                Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open(owner.getDevice())) {
                        NDArray matrix =
                                AdapterReader.PROGRAM.call(
                                        "fuse",
                                        weight,
                                        adapter.a(),
                                        adapter.b(),
                                        adapter.scale() * factor);
                        return scope.keep(matrix, owner);
                    }
                });
    }

    /**
     * Goes back to separate adapters, and to the loaded matrices exactly.
     *
     * @throws IllegalStateException if they are not fused
     */
    public void unfuse() {
        Preconditions.checkState(isFused(), "LoraAdapters.unfuse: the adapters are not fused");
        transformer.replaceWeights(Map.of());
        fused.values().forEach(NDArray::close);
        fused.clear();
        attach();
    }

    /**
     * Says whether the adapters are fused.
     *
     * @return true between {@link #fuse} and {@link #unfuse}
     */
    public boolean isFused() {
        return !fused.isEmpty();
    }

    /**
     * Writes the adapters as diffusers does, with their alphas in the header, at their own scales.
     *
     * @param path a {@code .safetensors} file, or a folder for {@code
     *     pytorch_lora_weights.safetensors}
     * @throws java.io.UncheckedIOException if it cannot be written
     */
    public void save(Path path) {
        save(path, LoraFormat.DIFFUSERS);
    }

    /**
     * Writes the adapters in some naming, at their own scales.
     *
     * @param path a {@code .safetensors} file, or a folder; for {@link LoraFormat#PEFT} a folder
     * @param format how tensors are named
     * @throws IllegalArgumentException if the format cannot be written, or needs a folder
     * @throws java.io.UncheckedIOException if it cannot be written
     */
    public void save(Path path, LoraFormat format) {
        new AdapterWriter(adapters, transformer.linears()).write(path, format);
    }

    private void attach() {
        Map<String, LinearAdapter> scaled = new LinkedHashMap<>();
        adapters.forEach((path, a) -> scaled.put(path, a.withScale(a.scale() * factor)));
        transformer.adapt(scaled);
    }

    private void requireNotFused(String what) {
        Preconditions.checkState(
                !isFused(), "LoraAdapters: fused adapters cannot be %s; call unfuse() first", what);
    }

    /** Takes the adapters off the transformer and frees them. */
    @Override
    public void close() {
        try {
            transformer.replaceWeights(Map.of());
            transformer.adapt(Map.of());
        } finally {
            owner.close();
        }
    }
}
