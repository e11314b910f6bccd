package io.github.icthp.training;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;

import java.util.ArrayList;
import java.util.List;

/** Tensors of one weight decay that move in one native call. */
final class AdamWBucket {

    /**
     * Elements after which a bucket is full: 4 MiB of gradients are widened or scaled at a time, or
     * one larger tensor.
     */
    private static final long FULL = 1 << 20;

    private static final TorchProgram PROGRAM =
            TorchProgram.of(AdamWBucket.class, "optim.torchscript");

    private final List<NDArray> masters = new ArrayList<>();
    private final List<NDArray> gradients = new ArrayList<>();
    private final List<NDArray> first = new ArrayList<>();
    private final List<NDArray> second = new ArrayList<>();
    private final List<NDArray> steps = new ArrayList<>();
    private final List<NDArray> copies = new ArrayList<>();
    private final List<NDArray> copied = new ArrayList<>();
    private long elements;

    void add(Trainable parameter, NDArray gradient, Moments moments) {
        masters.add(parameter.master());
        gradients.add(gradient);
        first.add(moments.first());
        second.add(moments.second());
        steps.add(moments.steps());
        elements += gradient.size();
        if (parameter.hasCopy()) {
            copies.add(parameter.model());
            copied.add(parameter.master());
        }
    }

    /** Says whether so many more elements are too many, unless they come alone. */
    boolean isFull(long more) {
        return elements > 0 && elements + more > FULL;
    }

    /** Moves the masters, then their copies, and empties the bucket. */
    void step(double[] settings) {
        Autograd.in(Autograd.Mode.NO_GRADIENT, () -> run(settings));
        List.of(masters, gradients, first, second, steps, copies, copied).forEach(List::clear);
        elements = 0;
    }

    private long run(double[] settings) {
        long moved =
                masters.isEmpty()
                        ? 0
                        : PROGRAM.callLong(
                                "adamw", masters, gradients, first, second, steps, settings);
        return copies.isEmpty() ? moved : PROGRAM.callLong("copy", copies, copied);
    }

    /** Moves one matrix whose gradient is zero outside some rows, and its copy. */
    static void step(
            Trainable parameter, RowGradient gradient, Moments moments, double[] settings) {
        long width = Math.max(1, parameter.master().getShape().get(1));
        step(parameter, gradient, moments, settings, Math.max(1, FULL / width));
    }

    /** The same, so many rows at a time. */
    static void step(
            Trainable parameter,
            RowGradient gradient,
            Moments moments,
            double[] settings,
            long slice) {
        Autograd.in(
                Autograd.Mode.NO_GRADIENT,
                () ->
                        PROGRAM.callLong(
                                "adamw_rows",
                                parameter.master(),
                                gradient.rows(),
                                gradient.values(),
                                moments.first(),
                                moments.second(),
                                moments.steps(),
                                settings,
                                slice));
        if (parameter.hasCopy()) {
            Tensors.overwrite(parameter.model(), parameter.master());
        }
    }
}
