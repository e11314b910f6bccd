package io.github.icthp.blip;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.weights.Parameters;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Names one part's parameters and makes them ready for {@code blip.torchscript}: projections that
 * read the same input are stacked, and weights may go into the processor's own layout. What is
 * replaced is freed at once.
 */
final class BlipPart {

    /** Rows of a product over a few images' tokens; oneDNN picks the same layout near it. */
    static final int IMAGE_ROWS = 2056;

    /** Rows of a product over a batch of texts. */
    static final int TEXT_ROWS = 256;

    private final Parameters parameters;
    private final Loading loading;
    private final int rows;
    private final Map<String, NDArray> tensors = new LinkedHashMap<>();

    /**
     * How parameters are loaded.
     *
     * @param owner the manager that will own them
     * @param values false to check names and shapes alone
     * @param packed whether linear weights go into the processor's own layout
     * @param sources whether what is stacked or packed is needed again and stays
     */
    record Loading(NDManager owner, boolean values, boolean packed, boolean sources) {

        static Loading names(NDManager owner) {
            return new Loading(owner, false, false, true);
        }

        static Loading values(NDManager owner, boolean packed) {
            return new Loading(owner, true, packed, false);
        }

        /** For values that are made for a moment. */
        static Loading passing(NDManager owner, boolean packed) {
            return new Loading(owner, true, packed, true);
        }

        Loading packedIf(boolean condition) {
            return new Loading(owner, values, packed && condition, sources);
        }
    }

    BlipPart(Parameters parameters, Loading loading, int rows) {
        this.parameters = parameters;
        this.loading = loading;
        this.rows = rows;
    }

    BlipPart tensor(String name, String source, long... shape) {
        parameters.tensor(source, shape);
        tensors.put(name, parameters.get(source));
        return this;
    }

    BlipPart norm(String name, String source, long width) {
        return tensor(name + ".weight", source + ".weight", width)
                .tensor(name + ".bias", source + ".bias", width);
    }

    BlipPart linear(String name, String source, long out, long in) {
        return linear(name, source, out, in, rows);
    }

    BlipPart linear(String name, String source, long out, long in, int productRows) {
        parameters.linear(source, out, in);
        put(name + ".weight", packed(parameters.get(source + ".weight"), productRows));
        put(name + ".bias", parameters.get(source + ".bias"));
        return this;
    }

    /** Linear layers that read the same input, as one. */
    BlipPart stack(String name, List<String> sources, long out, long in, int productRows) {
        sources.forEach(source -> parameters.linear(source, out, in));
        NDArray weight = stacked(sources, ".weight");
        NDArray packed = packed(weight, productRows);
        put(name + ".weight", packed);
        put(name + ".bias", stacked(sources, ".bias"));
        return this;
    }

    private void put(String name, NDArray tensor) {
        tensors.put(name, tensor);
    }

    private NDArray stacked(List<String> sources, String kind) {
        List<NDArray> parts = new ArrayList<>();
        sources.forEach(source -> parts.add(parameters.get(source + kind)));
        if (!loading.values()) {
            return parts.get(0);
        }
        NDArray whole = made(() -> BlipVision.PROGRAM.call("stack", parts));
        if (!loading.sources()) {
            parts.forEach(NDArray::close);
        }
        return whole;
    }

    private NDArray packed(NDArray weight, int productRows) {
        if (!loading.packed() || !loading.values()) {
            return weight;
        }
        NDArray packed = made(() -> BlipVision.PROGRAM.call("pack", weight, productRows));
        if (!loading.sources()) {
            weight.close();
        }
        return packed;
    }

    /** Replaces a tensor named before. */
    BlipPart replace(String name, Supplier<NDArray> replacement) {
        if (loading.values()) {
            NDArray made = made(replacement);
            tensors.put(name, made).close();
        }
        return this;
    }

    private NDArray made(Supplier<NDArray> body) {
        return Autograd.in(
                Autograd.Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open(loading.owner().getDevice())) {
                        return scope.keep(body.get(), loading.owner());
                    }
                });
    }

    NDArray get(String name) {
        return tensors.get(name);
    }

    /** Lets go of what is resident of the file's map. */
    void releasePages() {
        parameters.releasePages();
    }

    TensorDict dict() {
        return new TensorDict(tensors, loading.owner());
    }
}
