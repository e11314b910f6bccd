package io.github.icthp.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Automatic differentiation: what program calls record, and gradients of what they recorded.
 *
 * <p>Nothing here is global: the mode belongs to the thread, gradients to their tensors.
 */
public final class Autograd {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(Autograd.class, "autograd.torchscript");
    private static final ThreadLocal<Mode> MODE = ThreadLocal.withInitial(Autograd::initial);

    private Autograd() {}

    /** DJL switches gradient mode off on the thread that loads its library; PyTorch's own is on. */
    private static Mode initial() {
        Torch.version();
        JniUtils.setGradMode(true);
        return Mode.GRADIENT;
    }

    /** What program calls of a thread record. */
    public enum Mode {
        /** Nothing, with the least overhead; results can never enter a graph. */
        INFERENCE,
        /** Nothing; results may enter a graph later as constants. */
        NO_GRADIENT,
        /** A graph, wherever an input requires gradients. The mode of a new thread. */
        GRADIENT;

        boolean recordable() {
            return this != INFERENCE;
        }
    }

    /**
     * Returns this thread's mode.
     *
     * @return the mode
     */
    public static Mode mode() {
        return MODE.get();
    }

    /**
     * Runs a body under a mode and restores the one before.
     *
     * @param mode the mode
     * @param body what to run
     * @param <T> type of its result
     * @return the body's result
     */
    public static <T> T in(Mode mode, Supplier<T> body) {
        Mode before = MODE.get();
        MODE.set(mode);
        JniUtils.setGradMode(mode == Mode.GRADIENT);
        try {
            return body.get();
        } finally {
            MODE.set(before);
            JniUtils.setGradMode(before == Mode.GRADIENT);
        }
    }

    /**
     * Returns a leaf that shares a tensor's memory and requires gradients.
     *
     * @param tensor a floating-point tensor, not made under {@link Mode#INFERENCE}
     * @return the leaf, owned by the innermost scope
     */
    public static NDArray leaf(NDArray tensor) {
        NDArray leaf = detach(tensor);
        JniUtils.attachGradient((PtNDArray) leaf, true);
        return leaf;
    }

    /**
     * Returns a tensor that shares another's memory and has no history.
     *
     * @param tensor any tensor
     * @return the detached tensor, owned by the innermost scope
     */
    public static NDArray detach(NDArray tensor) {
        return PROGRAM.call("detach", tensor);
    }

    /**
     * Returns ones: the gradient that flows into each of several values of which every one counts
     * for itself.
     *
     * @param tensor any tensor, of bfloat16 too
     * @return ones of its shape, type and device, owned by the innermost scope
     */
    public static NDArray onesLike(NDArray tensor) {
        return PROGRAM.call("ones_like", tensor);
    }

    /**
     * Says whether a tensor takes part in differentiation.
     *
     * @param tensor any tensor
     * @return true if it requires gradients
     */
    public static boolean requiresGradient(NDArray tensor) {
        return PROGRAM.callLong("requires_gradient", tensor) == 1;
    }

    /**
     * Vector-Jacobian product: gradients of {@code sum(output * upstream)} with respect to inputs.
     *
     * @param output a recorded tensor
     * @param upstream the gradient that flows into it, of its shape; null for a scalar output's 1
     * @param inputs leaves or intermediate tensors of the graph
     * @return one gradient an input, in order, owned by the innermost scope; empty where the output
     *     does not depend on the input. The graph is freed.
     */
    public static List<Optional<NDArray>> gradients(
            NDArray output, @Nullable NDArray upstream, List<NDArray> inputs) {
        return gradients(
                List.of(output),
                upstream == null ? List.of() : Collections.singletonList(upstream),
                inputs);
    }

    /**
     * Vector-Jacobian product of several outputs at once.
     *
     * @param outputs recorded tensors
     * @param upstream the gradient that flows into each, of its shape; an empty list for scalars' 1
     * @param inputs leaves or intermediate tensors of the graph
     * @return one gradient an input, in order, owned by the innermost scope; empty where no output
     *     depends on the input. The graph is freed.
     */
    public static List<Optional<NDArray>> gradients(
            List<NDArray> outputs, List<NDArray> upstream, List<NDArray> inputs) {
        NDList flat =
                upstream.isEmpty()
                        ? PROGRAM.callList("gradients_of_scalars", outputs, inputs)
                        : PROGRAM.callList("gradients", outputs, upstream, inputs);
        // Twice as many tensors: every gradient is followed by a flag of one element or none.
        List<Optional<NDArray>> result = new ArrayList<>(inputs.size());
        for (int i = 0; i < flat.size(); i += 2) {
            NDArray flag = flat.get(i + 1);
            boolean present = flag.getShape().size() == 1;
            flag.close();
            if (present) {
                result.add(Optional.of(flat.get(i)));
            } else {
                flat.get(i).close();
                result.add(Optional.empty());
            }
        }
        return result;
    }

    /**
     * Back-propagates and accumulates gradients in the leaves, where {@link #gradient} reads them.
     *
     * @param output a recorded tensor
     * @param upstream the gradient that flows into it, of its shape; null for a scalar output's 1
     */
    public static void backward(NDArray output, @Nullable NDArray upstream) {
        TensorScope.run(
                output.getDevice(),
                () -> {
                    NDArray gradient = upstream == null ? onesLike(output) : upstream;
                    JniUtils.backward((PtNDArray) output, (PtNDArray) gradient, false, false);
                });
    }

    /**
     * Returns the gradient accumulated in a leaf.
     *
     * @param leaf a tensor that requires gradients
     * @return a new handle to its gradient, owned by the innermost scope; empty if it has none
     */
    public static Optional<NDArray> gradient(NDArray leaf) {
        PtNDArray gradient = JniUtils.getGradient((PtNDArray) leaf);
        if (gradient == null) {
            return Optional.empty();
        }
        gradient.attach(TensorScope.current().manager());
        return Optional.of(gradient);
    }
}
