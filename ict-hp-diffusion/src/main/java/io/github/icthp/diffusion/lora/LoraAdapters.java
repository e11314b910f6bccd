package io.github.icthp.diffusion.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.model.Adapters;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.model.LinearAdapter;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.diffusion.model.LoraDropout;
import io.github.icthp.report.Warnings;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.training.Seeds;
import io.github.icthp.training.Trainable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
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

    private final Denoiser transformer;
    private final NDManager owner;
    private Map<String, LinearAdapter> adapters;
    private final UnappliedTensors unapplied;
    private final double dropout;
    private double factor = 1;
    private final Map<String, NDArray> fused = new LinkedHashMap<>();
    private final Map<String, NDArray> fusedBiases = new LinkedHashMap<>();

    /** The matrices of layers whose adapters have magnitudes, while they are not fused. */
    private final Map<String, NDArray> decomposed = new LinkedHashMap<>();

    private final List<Trainable> trainables = new ArrayList<>();

    private LoraAdapters(
            Denoiser transformer,
            NDManager owner,
            Map<String, LinearAdapter> adapters,
            UnappliedTensors unapplied,
            double dropout) {
        this.transformer = transformer;
        this.owner = owner;
        this.adapters = Collections.unmodifiableMap(adapters);
        this.unapplied = unapplied;
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
    public static LoraAdapters inject(Denoiser transformer, LoraConfig config, long seed) {
        NDManager owner = Torch.manager(transformer.device());
        try {
            Map<String, LinearAdapter> fresh =
                    new FreshAdapters(config, seed, owner).on(transformer.linears());
            return new LoraAdapters(
                    transformer, owner, fresh, UnappliedTensors.NONE, config.dropout());
        } catch (RuntimeException e) {
            owner.close();
            throw e;
        }
    }

    /**
     * Puts a file's adapters on a transformer. What in the file is not applied is named on the
     * standard error stream, and by {@link #unapplied}.
     *
     * @param path the file, or a folder that holds one
     * @param transformer the transformer
     * @return the adapters, to be closed before the transformer
     * @throws io.github.icthp.weights.WeightsFormatException if the file is no adapter file, none
     *     of its adapters belongs to a layer, or one does not fit its layer
     */
    public static LoraAdapters load(Path path, Denoiser transformer) {
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
    public static LoraAdapters load(Path path, Denoiser transformer, double dropout) {
        return load(path, transformer, dropout, Warnings.STANDARD_ERROR);
    }

    /**
     * Puts a file's adapters on a transformer, to be trained further, with a listener.
     *
     * @param path the file, or a folder that holds one
     * @param transformer the transformer
     * @param dropout the share of inputs that the adapters do not see in training, in [0, 1)
     * @param warnings is given a line for people if something in the file is not applied
     * @return the adapters, to be closed before the transformer
     * @throws io.github.icthp.weights.WeightsFormatException if the file is no adapter file, none
     *     of its adapters belongs to a layer, or one does not fit its layer
     */
    public static LoraAdapters load(
            Path path, Denoiser transformer, double dropout, Consumer<String> warnings) {
        NDManager owner = Torch.manager(transformer.device());
        try (LoraFile file = LoraFile.open(path)) {
            Map<String, LinearShape> linears = transformer.linears();
            AdapterPlan plan = new AdapterPlan(file, AdaptableLayers.of(linears)).check();
            Map<String, LinearAdapter> read =
                    AdapterReader.read(file, plan.of(ModuleName.TRANSFORMER), linears, owner);
            read.replaceAll((layer, adapter) -> FreshAdapters.withDropout(adapter, dropout, owner));
            UnappliedTensors unapplied = plan.unapplied();
            LoraAdapters loaded = new LoraAdapters(transformer, owner, read, unapplied, dropout);
            unapplied.warning().ifPresent(warnings);
            return loaded;
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
     * Returns what in the file belonged to no layer of the transformer, text encoders' layers among
     * it.
     *
     * @return names of the file's tensors; empty if all of it is in use
     */
    public UnappliedTensors unapplied() {
        return unapplied;
    }

    /**
     * Makes the adapters trainable: from now on gradients of the transformer reach them. Biases
     * stay as they are.
     *
     * @return their matrices, named as in an adapter file without its prefix
     * @throws IllegalStateException if they are fused, or some have DoRA's magnitudes
     */
    public List<Trainable> trainables() {
        requireNotFused("trained");
        Preconditions.checkState(
                decomposed.isEmpty(),
                "LoraAdapters: DoRA's magnitudes can be applied and not trained; %s has them",
                decomposed.keySet());
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
                    adapter.dropout(),
                    adapter.bias(),
                    adapter.magnitude());
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
        separate();
        Map<String, NDArray> biases = transformer.biases(adapters.keySet());
        scaled(adapter -> true)
                .forEach(
                        (path, adapter) -> {
                            fused.put(path, matrix(path, adapter));
                            if (adapter.bias().isPresent()) {
                                fusedBiases.put(
                                        path, kept(() -> adapter.shifted(biases.get(path))));
                            }
                        });
        transformer.adapt(Map.of());
        transformer.replaceWeights(fused, fusedBiases);
    }

    /** The matrices of fused layers by path, while they are fused. */
    Map<String, NDArray> fusedMatrices() {
        return fused;
    }

    /** The adapters that are wanted, at the scale that is set. */
    private Map<String, LinearAdapter> scaled(Predicate<LinearAdapter> wanted) {
        Map<String, LinearAdapter> scaled = new LinkedHashMap<>();
        adapters.forEach(
                (path, a) -> {
                    if (wanted.test(a)) {
                        scaled.put(path, a.withScale(a.scale() * factor));
                    }
                });
        return scaled;
    }

    private NDArray matrix(String path, LinearAdapter adapter) {
        return kept(() -> adapter.fused(transformer.weights(Set.of(path)).get(path)));
    }

    private NDArray kept(Supplier<NDArray> compute) {
        try (TensorScope scope = TensorScope.open(owner.getDevice())) {
            return scope.keep(compute.get(), owner);
        }
    }

    /**
     * Goes back to separate adapters, and to the loaded matrices exactly.
     *
     * @throws IllegalStateException if they are not fused
     */
    public void unfuse() {
        Preconditions.checkState(isFused(), "LoraAdapters.unfuse: the adapters are not fused");
        free(fused);
        free(fusedBiases);
        attach();
    }

    private static void free(Map<String, NDArray> tensors) {
        tensors.values().forEach(NDArray::close);
        tensors.clear();
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

    /**
     * Adapters with magnitudes change the length of every row of a layer's matrix, so that the
     * layer computes with a matrix of its own; others are terms beside it.
     */
    private void attach() {
        separate();
        scaled(adapter -> adapter.magnitude().isPresent())
                .forEach((path, adapter) -> decomposed.put(path, matrix(path, adapter)));
        transformer.replaceWeights(decomposed, Map.of());
        transformer.adapt(scaled(adapter -> adapter.magnitude().isEmpty()));
    }

    /** Goes back to the loaded matrices. */
    private void separate() {
        transformer.replaceWeights(Map.of(), Map.of());
        free(decomposed);
    }

    private void requireNotFused(String what) {
        Preconditions.checkState(
                !isFused(), "LoraAdapters: fused adapters cannot be %s; call unfuse() first", what);
    }

    /** Takes the adapters off the transformer and frees them. */
    @Override
    public void close() {
        try {
            transformer.replaceWeights(Map.of(), Map.of());
            transformer.adapt(Map.of());
        } finally {
            owner.close();
        }
    }
}
