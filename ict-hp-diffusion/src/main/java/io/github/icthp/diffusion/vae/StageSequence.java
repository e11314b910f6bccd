package io.github.icthp.diffusion.vae;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import io.github.icthp.torch.Autograd;

import java.util.ArrayList;
import java.util.List;

/** Stages that run one after the other. */
final class StageSequence {

    private final List<Stage> stages;

    StageSequence(List<Stage> stages) {
        this.stages = List.copyOf(stages);
    }

    List<Stage> stages() {
        return stages;
    }

    /** Runs all stages; what lies between them is closed (a graph keeps what it needs). */
    NDArray forward(NDArray input) {
        NDArray x = arrange(input);
        for (Stage stage : stages) {
            NDArray next = stage.forward(x);
            x.close();
            x = next;
        }
        return settle(x);
    }

    /** Runs all stages without a graph and keeps the input of each. */
    Kept keep(NDArray input) {
        return Autograd.in(
                Autograd.Mode.NO_GRADIENT,
                () -> {
                    List<NDArray> inputs = new ArrayList<>(stages.size());
                    NDArray x = arrange(Autograd.detach(input));
                    for (Stage stage : stages) {
                        inputs.add(x);
                        x = stage.forward(x);
                    }
                    return new Kept(inputs, settle(x));
                });
    }

    /** What stages were given, for going back through them one by one. */
    final class Kept {

        private final List<NDArray> inputs;
        private final NDArray output;

        private Kept(List<NDArray> inputs, NDArray output) {
            this.inputs = inputs;
            this.output = output;
        }

        NDArray output() {
            return output;
        }

        List<NDArray> inputs() {
            return inputs;
        }

        /**
         * Returns the gradient of {@code sum(output * upstream)} at the sequence's input. Each kept
         * input is closed once it was used.
         */
        NDArray vjp(NDArray upstream) {
            Preconditions.checkState(
                    !inputs.isEmpty(),
                    "StageSequence: went back through these stages before; run them forward again");
            NDArray gradient = arrange(upstream);
            for (int i = stages.size() - 1; i >= 0; i--) {
                NDArray input = inputs.remove(i);
                NDArray next = stages.get(i).vjp(input, gradient);
                input.close();
                gradient.close();
                gradient = next;
            }
            return settle(gradient);
        }
    }

    /** Returns a new handle to the values in the layout in which convolutions run fastest. */
    private static NDArray arrange(NDArray x) {
        return Stage.PROGRAM.call(x.getDevice().isGpu() ? "contiguous" : "channels_last", x);
    }

    /** Returns the values in the common layout, and closes the argument. */
    private static NDArray settle(NDArray x) {
        NDArray settled = Stage.PROGRAM.call("contiguous", x);
        x.close();
        return settled;
    }
}
