package io.github.icthp.optim;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TorchProgram;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Copies values into tensors that exist already. */
final class TensorCopies {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(TensorCopies.class, "optim.torchscript");

    private TensorCopies() {}

    static void copy(NDArray source, NDArray target) {
        Autograd.in(
                Autograd.Mode.NO_GRADIENT,
                () -> PROGRAM.callLong("copy", List.of(target), List.of(source)));
    }

    /** Copies by name; the names and shapes must be the same. */
    static void copy(Map<String, NDArray> sources, Map<String, NDArray> targets) {
        targets.forEach((name, target) -> copy(sources.get(name), target));
    }

    /** Refuses saved tensors whose names or shapes are not those of the live ones. */
    static void requireSame(
            String operation, Map<String, NDArray> live, Map<String, NDArray> saved) {
        List<String> problems = new ArrayList<>();
        live.forEach(
                (name, tensor) -> {
                    NDArray other = saved.get(name);
                    if (other == null) {
                        problems.add("missing " + name);
                    } else if (!other.getShape().equals(tensor.getShape())) {
                        problems.add(
                                name + " " + other.getShape() + " instead of " + tensor.getShape());
                    }
                });
        saved.keySet().stream()
                .filter(name -> !live.containsKey(name))
                .forEach(name -> problems.add("unknown " + name));
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(
                    operation
                            + ": the saved tensors are not those of this run: "
                            + String.join(", ", problems)
                            + "; resume with the settings that the checkpoint was written with");
        }
    }
}
