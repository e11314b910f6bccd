package io.github.icthp.diffusion.unet;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.AdaptableWeights;
import io.github.icthp.diffusion.model.DenoiserStage;
import io.github.icthp.diffusion.model.Step;

import java.util.ArrayList;
import java.util.List;

/**
 * A part of the UNet. Between parts lies x, within an attention also what entered it, and then the
 * skip connections that are still open, the latest last.
 */
abstract class UNetStage extends DenoiserStage {

    /**
     * What a stage does with the state besides making a new x.
     *
     * @param consumed how many tensors at the front it uses up
     * @param pops whether it takes the latest skip connection
     * @param pushes whether its result becomes a skip connection
     */
    record Flow(int consumed, boolean pops, boolean pushes) {

        static final Flow PLAIN = new Flow(1, false, false);
        static final Flow PUSHES = new Flow(1, false, true);
        static final Flow POPS = new Flow(1, true, false);
    }

    private final String path;
    private final Flow flow;

    UNetStage(AdaptableWeights weights, String path, Flow flow) {
        super(weights);
        this.path = path;
        this.flow = flow;
    }

    /** Returns the path of the module whose output the new x is. */
    final String path() {
        return path;
    }

    /** Makes the new x. */
    abstract NDArray compute(List<NDArray> state, Step step);

    @Override
    protected final List<NDArray> forward(List<NDArray> state, Step step) {
        NDArray x = compute(state, step);
        List<NDArray> next = new ArrayList<>();
        next.add(x);
        next.addAll(passed(state));
        if (flow.pushes()) {
            next.add(x);
        }
        return next;
    }

    private <T> List<T> passed(List<T> state) {
        return state.subList(flow.consumed(), state.size() - (flow.pops() ? 1 : 0));
    }

    @Override
    protected final boolean[] varying(boolean[] inputs, int outputs) {
        int last = inputs.length - 1;
        boolean changes = weights().trains() || (flow.pops() && inputs[last]);
        for (int i = 0; i < Math.max(1, flow.consumed()); i++) {
            changes |= inputs[i];
        }
        boolean[] flags = new boolean[outputs];
        flags[0] = changes;
        int passed = inputs.length - flow.consumed() - (flow.pops() ? 1 : 0);
        System.arraycopy(inputs, flow.consumed(), flags, 1, passed);
        if (flow.pushes()) {
            flags[outputs - 1] = changes;
        }
        return flags;
    }
}
