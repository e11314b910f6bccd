package io.github.icthp.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import com.google.common.base.Preconditions;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.torch.TorchProgram;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The gradients of a step by parameter name, summed over its micro-batches.
 *
 * <p>A single gradient keeps its type; sums are float32. A parameter that never received a gradient
 * has none, and the optimizer leaves it alone. Not safe for several threads at once.
 */
public final class Gradients implements AutoCloseable {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(Gradients.class, "optim.torchscript");

    private final NDManager owner;
    private final Map<String, NDArray> sums = new LinkedHashMap<>();
    private final Map<String, RowGradient> rowSums = new LinkedHashMap<>();

    /** Names whose sum was made here: autograd may return one tensor as several gradients. */
    private final Set<String> owned = new HashSet<>();

    /**
     * Creates an empty sum.
     *
     * @param device where the gradients live
     */
    public Gradients(Device device) {
        this.owner = Torch.manager(device);
    }

    /**
     * Returns where the gradients live.
     *
     * @return the device
     */
    public Device device() {
        return owner.getDevice();
    }

    /**
     * Adds a gradient.
     *
     * @param name its parameter's name
     * @param gradient the gradient; this sum takes it over, and the caller uses it no more
     */
    public void add(String name, NDArray gradient) {
        NDArray before = sums.get(name);
        if (before == null) {
            gradient.attach(owner);
            sums.put(name, gradient);
            return;
        }
        Preconditions.checkArgument(
                before.getShape().equals(gradient.getShape()),
                "Gradients.add: '%s' had the shape %s, got %s",
                name,
                before.getShape(),
                gradient.getShape());
        NDArray sum = sum(before, gradient, owned.contains(name));
        gradient.close();
        before.close();
        sums.put(name, sum);
        owned.add(name);
    }

    /**
     * Adds what {@link Autograd#gradients} returned.
     *
     * @param names the parameters' names, in the order of the gradients
     * @param gradients the gradients, taken over by this sum; empty ones are passed over
     */
    public void addAll(List<String> names, List<Optional<NDArray>> gradients) {
        Preconditions.checkArgument(
                names.size() == gradients.size(),
                "Gradients.addAll: %s names for %s gradients",
                names.size(),
                gradients.size());
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            gradients.get(i).ifPresent(gradient -> add(name, gradient));
        }
    }

    /**
     * Adds a gradient that is zero outside some rows. A parameter is given either such gradients or
     * whole ones, never both.
     *
     * @param name its parameter's name
     * @param gradient the gradient; this sum takes it over, and the caller uses it no more
     */
    public void addRows(String name, RowGradient gradient) {
        RowGradient before = rowSums.get(name);
        RowGradient sum = before == null ? gradient : sum(before, gradient);
        sum.rows().attach(owner);
        sum.values().attach(owner);
        rowSums.put(name, sum);
    }

    /**
     * Adds another sum, parameter by parameter.
     *
     * @param other gradients on any device, taken over by this sum; the caller closes their owner
     */
    public void addAll(Gradients other) {
        TensorScope.run(
                owner.getDevice(),
                () -> {
                    other.sums.forEach(
                            (name, gradient) -> add(name, Tensors.to(gradient, device())));
                    other.rowSums.forEach(
                            (name, gradient) ->
                                    addRows(
                                            name,
                                            new RowGradient(
                                                    Tensors.to(gradient.rows(), device()),
                                                    Tensors.to(gradient.values(), device()))));
                });
    }

    /**
     * Returns the sums of whole gradients.
     *
     * @return the gradients by parameter name, owned by this object
     */
    public Map<String, NDArray> tensors() {
        return Collections.unmodifiableMap(sums);
    }

    /**
     * Returns the sums of gradients that are zero outside some rows.
     *
     * @return the gradients by parameter name, owned by this object
     */
    public Map<String, RowGradient> rows() {
        return Collections.unmodifiableMap(rowSums);
    }

    /**
     * Returns a parameter's gradient as a whole tensor.
     *
     * @param name the parameter's name
     * @param parameter the parameter
     * @return its gradient, for the innermost scope or owned by this object; empty if it has none
     */
    public Optional<NDArray> whole(String name, NDArray parameter) {
        RowGradient rows = rowSums.get(name);
        if (rows == null) {
            return Optional.ofNullable(sums.get(name));
        }
        long height = parameter.getShape().get(0);
        return Optional.of(PROGRAM.call("dense", rows.rows(), rows.values(), height));
    }

    /**
     * Returns the global norm: the root of the sum of all squared elements.
     *
     * @return the L2 norm, computed in float32; infinite or not a number if any element is
     */
    public double norm() {
        List<NDArray> all = new ArrayList<>(sums.values());
        rowSums.values().forEach(gradient -> all.add(gradient.values()));
        return all.isEmpty()
                ? 0
                : Autograd.in(Autograd.Mode.NO_GRADIENT, () -> PROGRAM.callDouble("norm", all));
    }

    /** Forgets and frees all gradients, for the next step. */
    public void clear() {
        sums.values().forEach(NDArray::close);
        rowSums.values().forEach(RowGradient::close);
        forget();
    }

    /** Frees all gradients. */
    @Override
    public void close() {
        forget();
        owner.close();
    }

    private void forget() {
        sums.clear();
        rowSums.clear();
        owned.clear();
    }

    private static RowGradient sum(RowGradient before, RowGradient gradient) {
        List<NDArray> sum =
                Autograd.in(
                        Autograd.Mode.NO_GRADIENT,
                        () ->
                                PROGRAM.callList(
                                        "add_rows",
                                        before.rows(),
                                        before.values(),
                                        gradient.rows(),
                                        gradient.values()));
        before.close();
        gradient.close();
        return new RowGradient(sum.get(0), sum.get(1));
    }

    private NDArray sum(NDArray before, NDArray gradient, boolean inPlace) {
        return Autograd.in(
                Autograd.Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open(owner.getDevice())) {
                        String method = inPlace ? "add_to" : "sum";
                        return scope.keep(PROGRAM.call(method, before, gradient), owner);
                    }
                });
    }
}
