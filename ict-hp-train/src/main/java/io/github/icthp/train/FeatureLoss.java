package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Autograd;
import io.github.icthp.train.loss.LossValue;
import io.github.icthp.training.Gradients;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The end of an objective: from the features of a whole batch to its loss, on the first device. */
interface FeatureLoss extends AutoCloseable {

    /** The parameters that are trained here, float32, by their names in checkpoints. */
    Map<String, NDArray> trained();

    /**
     * Computes the loss and differentiates it.
     *
     * @param features by kind, each (k, B, width)
     * @param targets the batch's inputs
     * @param draw what random numbers depend on
     * @param scale multiplies every gradient
     * @param sink receives the gradients of the parameters trained here
     */
    Result of(
            List<NDArray> features,
            List<TripletInputs> targets,
            Draw draw,
            double scale,
            Gradients sink);

    /**
     * Judges a batch as it would be scored in use: without dropout, gradients or a graph.
     *
     * @param features by kind, each (k, B, width)
     * @param targets the batch's inputs
     */
    ValidationBatch judge(List<NDArray> features, TripletInputs targets);

    /**
     * What a step's random numbers depend on.
     *
     * @param seed the run's seed
     * @param step the step
     * @param part the micro-batch of the step
     */
    record Draw(long seed, long step, int part) {}

    /**
     * A loss and its gradients.
     *
     * @param loss the loss and its parts
     * @param gradients gradients of the features that can be differentiated, each (k, B, width)
     */
    record Result(LossValue loss, List<NDArray> gradients) {}

    /**
     * Differentiates a loss.
     *
     * @param loss the loss, with its graph
     * @param scale multiplies every gradient
     * @param inputs what it is differentiated with respect to
     * @return a gradient for each input that the loss depends on
     */
    static List<Optional<NDArray>> gradients(LossValue loss, double scale, List<NDArray> inputs) {
        NDArray total = loss.total();
        NDArray upstream = Shard.PROGRAM.call("scalar", scale, total);
        return Autograd.gradients(total, upstream, inputs);
    }

    /** Frees the parameters. */
    @Override
    void close();
}
