package io.github.icthp.diffusion.vae;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.torch.staged.Activations;
import io.github.icthp.torch.staged.PassInputs;
import io.github.icthp.torch.staged.Pullback;
import io.github.icthp.torch.staged.Stage;
import io.github.icthp.torch.staged.StagedPass;

import java.util.ArrayList;
import java.util.List;

/**
 * One part of an encoder or decoder, (B, C, H, W) to (B, C', H', W').
 *
 * @param kind which part it is, for the program
 * @param weights its weights under their checkpoint names
 * @param groups groups of its group norms
 */
record VaeStage(String kind, TensorDict weights, int groups) implements Stage {

    static final TorchProgram PROGRAM =
            TorchProgram.sharing(
                    VaeStage.class,
                    "vae.torchscript",
                    "/io/github/icthp/torch/widened.torchscript");

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

    @Override
    public List<NDArray> forward(List<NDArray> state, List<NDArray> context) {
        return List.of(PROGRAM.call("stage", state.get(0), weights, kind, groups));
    }

    /** An encoder or decoder, in the layout in which convolutions run fastest. */
    static List<Stage> network(List<VaeStage> parts) {
        List<Stage> stages = new ArrayList<>(List.of(VaeStage::arrange));
        stages.addAll(parts);
        stages.add(VaeStage::settle);
        return stages;
    }

    private static List<NDArray> arrange(List<NDArray> state, List<NDArray> context) {
        NDArray x = state.get(0);
        return List.of(PROGRAM.call(x.getDevice().isGpu() ? "contiguous" : "channels_last", x));
    }

    private static List<NDArray> settle(List<NDArray> state, List<NDArray> context) {
        return List.of(PROGRAM.call("contiguous", state.get(0)));
    }

    /** Runs stages in the mode of the thread. */
    static NDArray through(List<Stage> stages, NDArray x) {
        return StagedPass.through(stages, List.of(x), List.of()).get(0);
    }

    /** Runs stages without a graph, to go back through them one by one. */
    static Pullback pullback(List<Stage> stages, NDArray x) {
        PassInputs inputs = PassInputs.differentiated(x);
        Pullback pass = Pullback.of(StagedPass.record(stages, inputs, Activations.recomputed()));
        DType type = Tensors.dtype(pass.value());
        return new Pullback(
                pass.value(), upstream -> pass.vjp().apply(Tensors.cast(upstream, type)));
    }
}
