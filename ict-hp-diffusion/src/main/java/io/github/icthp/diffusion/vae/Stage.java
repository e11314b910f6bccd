package io.github.icthp.diffusion.vae;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TorchProgram;

/**
 * One step of an encoder or decoder, differentiable on its own.
 *
 * @param kind which step it is, for the program
 * @param weights the step's weights under their checkpoint names
 * @param groups groups of its group norms
 */
record Stage(String kind, TensorDict weights, int groups) {

    static final TorchProgram PROGRAM = TorchProgram.of(Stage.class, "vae.torchscript");

    /** The channels that enter it. */
    long channelsIn() {
        return kind.equals("attention") ? channels("group_norm", 0) : channels(convolution(), 1);
    }

    /** The channels that leave it. */
    long channelsOut() {
        return kind.equals("attention") ? channels("group_norm", 0) : channels(last(), 0);
    }

    private String convolution() {
        return switch (kind) {
            case "resnet" -> "conv1";
            case "head" -> "conv_out";
            case "conv" -> "";
            default -> "conv";
        };
    }

    private String last() {
        return kind.equals("resnet") ? "conv2" : convolution();
    }

    private long channels(String layer, int dimension) {
        String name = layer.isEmpty() ? "weight" : layer + ".weight";
        return Preconditions.checkNotNull(weights.tensors().get(name), name)
                .getShape()
                .get(dimension);
    }

    /** How many weights it has. */
    long elements() {
        return weights.tensors().values().stream().mapToLong(NDArray::size).sum();
    }

    /** Runs the step; whether that records a graph is the thread's mode. */
    NDArray forward(NDArray x) {
        return PROGRAM.call("stage", x, weights, kind, groups);
    }

    /** Runs the step anew and returns the gradient of {@code sum(forward(x) * upstream)} at x. */
    NDArray vjp(NDArray x, NDArray upstream) {
        return Autograd.in(
                Autograd.Mode.GRADIENT,
                () -> PROGRAM.call("vjp", x, upstream, weights, kind, groups));
    }
}
