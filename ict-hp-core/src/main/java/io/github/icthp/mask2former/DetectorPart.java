package io.github.icthp.mask2former;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.weights.Parameters;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Names one part's parameters and makes them ready for {@code mask2former.torchscript}: weights may
 * go into the processor's own layout, and what is replaced is freed at once.
 */
final class DetectorPart {

    /** Rows of a product over a picture's tokens; oneDNN picks the same layout near it. */
    private static final int ROWS = 10_000;

    /** oneDNN's packed float32 products are wrong for some widths that are no multiple of it. */
    private static final int PACKABLE = 64;

    private final Parameters parameters;
    private final Loading loading;
    private final Map<String, NDArray> tensors = new LinkedHashMap<>();

    /**
     * How parameters are loaded.
     *
     * @param owner the manager that will own them
     * @param values false to check names and shapes alone
     * @param packed whether linear weights go into the processor's own layout
     * @param columnsFirst whether patch merging's weights have Hugging Face's order
     */
    record Loading(NDManager owner, boolean values, boolean packed, boolean columnsFirst) {}

    DetectorPart(Parameters parameters, Loading loading) {
        this.parameters = parameters;
        this.loading = loading;
    }

    DetectorPart tensor(String name, String source, long... shape) {
        parameters.tensor(source, shape);
        tensors.put(name, parameters.get(source));
        return this;
    }

    DetectorPart norm(String name, String source, long width) {
        return tensor(name + ".weight", source + ".weight", width)
                .tensor(name + ".bias", source + ".bias", width);
    }

    /** A product over few tokens, which keeps its weight as it is. */
    DetectorPart small(String name, String source, long out, long in) {
        return tensor(name + ".weight", source + ".weight", out, in)
                .tensor(name + ".bias", source + ".bias", out);
    }

    /** A product over a picture's tokens. */
    DetectorPart linear(String name, String source, long out, long in) {
        small(name, source, out, in);
        if (loading.packed() && in % PACKABLE == 0 && out % PACKABLE == 0) {
            NDArray weight = parameters.get(source + ".weight");
            tensors.remove(name + ".weight");
            tensors.put(name + ".packed", made(() -> program("pack", weight, ROWS), weight));
        }
        return this;
    }

    /** What patch merging reads, in one order whatever the layout. */
    DetectorPart merging(String name, String source, long... shape) {
        tensor(name, source, shape);
        if (loading.values()) {
            NDArray stored = parameters.get(source);
            tensors.put(
                    name,
                    made(() -> program("merge_order", stored, loading.columnsFirst()), stored));
        }
        return this;
    }

    private static NDArray program(String method, Object... arguments) {
        return Mask2Former.PROGRAM.call(method, arguments);
    }

    private NDArray made(Supplier<NDArray> body, NDArray replaced) {
        NDArray made =
                Autograd.in(
                        Autograd.Mode.NO_GRADIENT,
                        () -> {
                            try (TensorScope scope =
                                    TensorScope.open(loading.owner().getDevice())) {
                                return scope.keep(body.get(), loading.owner());
                            }
                        });
        replaced.close();
        return made;
    }

    TensorDict dict() {
        return new TensorDict(tensors, loading.owner());
    }
}
