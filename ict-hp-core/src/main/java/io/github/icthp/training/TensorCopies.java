package io.github.icthp.training;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Tensors;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Copies values into tensors that exist already. */
final class TensorCopies {

    private TensorCopies() {}

    /** Overwrites by name; the names and shapes must be the same. */
    static void overwrite(Map<String, NDArray> targets, Map<String, NDArray> sources) {
        targets.forEach((name, target) -> Tensors.overwrite(target, sources.get(name)));
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
