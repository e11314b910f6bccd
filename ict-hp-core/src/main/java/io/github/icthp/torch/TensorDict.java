package io.github.icthp.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;

import com.google.common.collect.ImmutableMap;

import java.util.Map;
import java.util.UUID;

/**
 * Named tensors handed to a program as one {@code Dict[str, Tensor]}: the weights of a model part,
 * under the names of its checkpoint.
 *
 * <p>It is built once and passed to every call without cost. It shares its tensors' memory and
 * keeps it alive; it closes with its owner. Programs must not change it, so threads may share it.
 */
public final class TensorDict implements AutoCloseable {

    private final ImmutableMap<String, NDArray> tensors;
    private final NDManager owner;
    private final String uid = UUID.randomUUID().toString();
    private long handle;

    /**
     * Builds a dictionary.
     *
     * @param tensors the tensors by name, at least one
     * @param owner the manager at whose closing the dictionary closes
     * @throws IllegalArgumentException if there is no tensor
     */
    public TensorDict(Map<String, NDArray> tensors, NDManager owner) {
        if (tensors.isEmpty()) {
            throw new IllegalArgumentException(
                    "TensorDict: expected at least one tensor, got none");
        }
        this.tensors = ImmutableMap.copyOf(tensors);
        this.owner = owner;
        long[] handles =
                this.tensors.values().stream()
                        .mapToLong(t -> ((PtNDArray) t).getHandle())
                        .toArray();
        this.handle = NativeCalls.fromDict(this.tensors.keySet().toArray(new String[0]), handles);
        owner.attachInternal(uid, this);
    }

    /**
     * Returns the tensors.
     *
     * @return the tensors by name, in the order given
     */
    public Map<String, NDArray> tensors() {
        return tensors;
    }

    /**
     * Returns one tensor.
     *
     * @param name its name
     * @return the tensor
     * @throws IllegalArgumentException if there is none of that name
     */
    public NDArray get(String name) {
        NDArray tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(
                    "TensorDict: no tensor '" + name + "' among " + tensors.keySet());
        }
        return tensor;
    }

    /**
     * Returns the manager at whose closing this dictionary closes.
     *
     * @return the owner
     */
    public NDManager owner() {
        return owner;
    }

    synchronized long handle() {
        if (handle == 0) {
            throw new IllegalStateException("TensorDict: closed; its model was closed");
        }
        return handle;
    }

    /** Lets go of the tensors. Closing twice does nothing. */
    @Override
    public synchronized void close() {
        if (handle != 0) {
            owner.detachInternal(uid);
            NativeCalls.delete(handle);
            handle = 0;
        }
    }
}
