package io.github.icthp.training;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import io.github.icthp.torch.DType;
import io.github.icthp.torch.Tensors;

/**
 * A tensor that training moves.
 *
 * @param name its name in checkpoints and messages
 * @param master its values in float32, which the optimizer moves in place
 * @param model what the model computes with: the master itself, or a low-precision copy that
 *     follows it after every step
 */
public record Trainable(String name, NDArray master, NDArray model) {

    /**
     * Checks the tensors.
     *
     * @param name its name in checkpoints and messages
     * @param master its values in float32
     * @param model what the model computes with
     * @throws IllegalArgumentException if the master is not float32 or the shapes differ
     */
    public Trainable {
        DType type = Tensors.dtype(master);
        Preconditions.checkArgument(
                type == DType.FLOAT32,
                "Trainable: the master of '%s' must be float32, got %s; use withMaster",
                name,
                type);
        Preconditions.checkArgument(
                master.getShape().equals(model.getShape()),
                "Trainable: '%s' has a master of %s and a model copy of %s",
                name,
                master.getShape(),
                model.getShape());
    }

    /**
     * Trains a float32 tensor directly.
     *
     * @param name its name
     * @param tensor its values, in memory of their own
     * @return the trainable tensor
     */
    public static Trainable of(String name, NDArray tensor) {
        return new Trainable(name, tensor, tensor);
    }

    /**
     * Trains a tensor through a float32 master, made here as a copy of it.
     *
     * @param name its name
     * @param model the tensor, of any floating-point type, in memory of its own
     * @return the trainable tensor; the master is owned by the innermost scope
     */
    public static Trainable withMaster(String name, NDArray model) {
        NDArray wide = Tensors.cast(model, DType.FLOAT32);
        // A cast between equal types shares memory.
        NDArray master = Tensors.dtype(model) == DType.FLOAT32 ? Tensors.copy(wide) : wide;
        return new Trainable(name, master, model);
    }

    /**
     * Says whether the model computes with a copy.
     *
     * @return true if the model's tensor is not the master itself
     */
    public boolean hasCopy() {
        return master != model;
    }
}
