package io.github.icthp.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;

import org.jspecify.annotations.Nullable;

import java.util.Optional;

/**
 * The lifetime of the tensors that program calls return on this thread.
 *
 * <p>Scopes nest. Every result of a {@link TorchProgram} belongs to the innermost open scope of the
 * calling thread and is freed when that scope closes, unless {@link #keep} moved it outwards:
 *
 * <pre>{@code
 * try (TensorScope scope = TensorScope.open(device)) {
 *     NDArray features = tower.forward(pixels);
 *     return scope.keep(features);   // to the scope around this one
 * }
 * }</pre>
 *
 * <p>Where no tensor leaves the scope, {@link #run run} and {@link #call(Device, Computation) call}
 * say so. Beside other resources, a scope that the body does not name is opened before them:
 *
 * <pre>{@code
 * TensorScope scope = TensorScope.open(device);
 * try (scope; Tower tower = Tower.load(weights)) {
 *     return Tensors.toFloats(tower.forward(pixels));
 * }
 * }</pre>
 *
 * <p>A scope is used and closed by the thread that opened it.
 */
public final class TensorScope implements AutoCloseable {

    private static final ThreadLocal<@Nullable TensorScope> CURRENT = new ThreadLocal<>();

    private final PtNDManager manager;
    private final @Nullable TensorScope outer;
    private final Thread owner = Thread.currentThread();
    private boolean open = true;

    private TensorScope(PtNDManager manager) {
        this.manager = manager;
        this.outer = CURRENT.get();
        CURRENT.set(this);
    }

    /**
     * Opens a scope on a device.
     *
     * @param device where tensors that the scope's manager creates live
     * @return the scope, innermost on this thread until it is closed
     */
    public static TensorScope open(Device device) {
        return new TensorScope(Torch.manager(device));
    }

    /**
     * Opens a scope on the device of the scope around it.
     *
     * @return the scope, innermost on this thread until it is closed
     * @throws IllegalStateException if there is no scope around it
     */
    public static TensorScope open() {
        return open(current().manager.getDevice());
    }

    /**
     * Runs a body in a scope of its own, where nothing outlives the scope.
     *
     * @param device where tensors that the scope's manager creates live
     * @param body what to run
     * @param <E> what the body throws
     * @throws E what the body throws
     */
    public static <E extends Exception> void run(Device device, Action<E> body) throws E {
        call(
                device,
                () -> {
                    body.run();
                    return Optional.empty();
                });
    }

    /**
     * Computes a value in a scope of its own, on the device of the scope around it. The value is no
     * tensor of that scope: those are freed when the body ends.
     *
     * @param body computes the value
     * @param <T> type of the value
     * @param <E> what the body throws
     * @return the body's value
     * @throws E what the body throws
     * @throws IllegalStateException if there is no scope around it
     */
    public static <T, E extends Exception> T call(Computation<T, E> body) throws E {
        return call(current().manager.getDevice(), body);
    }

    /**
     * Computes a value in a scope of its own. The value is no tensor of that scope: those are freed
     * when the body ends.
     *
     * @param device where tensors that the scope's manager creates live
     * @param body computes the value
     * @param <T> type of the value
     * @param <E> what the body throws
     * @return the body's value
     * @throws E what the body throws
     */
    public static <T, E extends Exception> T call(Device device, Computation<T, E> body) throws E {
        TensorScope scope = open(device);
        try (scope) {
            return body.compute();
        }
    }

    /**
     * Returns this thread's innermost open scope.
     *
     * @return the scope
     * @throws IllegalStateException if the thread has none
     */
    public static TensorScope current() {
        TensorScope scope = CURRENT.get();
        if (scope == null) {
            throw new IllegalStateException(
                    "TensorScope: thread '"
                            + Thread.currentThread().getName()
                            + "' has no open scope to own the result; wrap the call in"
                            + " try (TensorScope scope = TensorScope.open(device))");
        }
        return scope;
    }

    /**
     * Returns the manager that owns this scope's tensors, for creating inputs.
     *
     * @return the manager; it closes with the scope
     */
    public NDManager manager() {
        return manager;
    }

    PtNDManager ptManager() {
        return manager;
    }

    /**
     * Moves a tensor to the scope around this one, so that it outlives this scope.
     *
     * @param tensor the tensor
     * @return the same tensor
     * @throws IllegalStateException if there is no scope around this one
     */
    public NDArray keep(NDArray tensor) {
        if (outer == null) {
            throw new IllegalStateException(
                    "TensorScope.keep: no scope around this one; use keep(tensor, manager)");
        }
        return keep(tensor, outer.manager);
    }

    /**
     * Moves a tensor to a manager, which then owns it.
     *
     * @param tensor the tensor
     * @param target its new owner
     * @return the same tensor
     */
    public NDArray keep(NDArray tensor, NDManager target) {
        tensor.attach(target);
        return tensor;
    }

    /** Frees every tensor of this scope. Closing twice does nothing. */
    @Override
    public void close() {
        if (!open) {
            return;
        }
        if (owner != Thread.currentThread() || CURRENT.get() != this) {
            throw new IllegalStateException(
                    "TensorScope.close: scopes close innermost first on the thread that opened"
                            + " them ('"
                            + owner.getName()
                            + "'), got thread '"
                            + Thread.currentThread().getName()
                            + "'");
        }
        open = false;
        if (outer == null) {
            CURRENT.remove();
        } else {
            CURRENT.set(outer);
        }
        manager.close();
    }

    /**
     * What runs in a scope.
     *
     * @param <E> what it throws
     */
    @FunctionalInterface
    public interface Action<E extends Exception> {

        /**
         * Runs.
         *
         * @throws E as it says
         */
        void run() throws E;
    }

    /**
     * What computes a value in a scope.
     *
     * @param <T> type of the value
     * @param <E> what it throws
     */
    @FunctionalInterface
    public interface Computation<T, E extends Exception> {

        /**
         * Computes the value.
         *
         * @return the value
         * @throws E as it says
         */
        T compute() throws E;
    }
}
