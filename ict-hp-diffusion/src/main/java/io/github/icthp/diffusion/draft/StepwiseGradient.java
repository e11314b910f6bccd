package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.draft.Tail.Move;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.Gradients;

import java.util.ArrayList;
import java.util.List;

/**
 * Follows the moves without a graph, keeping the latents between them, then carries the chain rule
 * back by hand: through the objective, and through one move after the other, each computed again.
 */
final class StepwiseGradient implements TailGradient {

    private final LatentObjective objective;
    private final StepGradient step;
    private final VelocityPenalty drift;
    private final boolean toEntry;

    /**
     * Prepares the way.
     *
     * @param objective what is maximised
     * @param step goes back through one velocity
     * @param drift the penalty on leaving the base model
     * @param toEntry whether the gradient of the latents that enter the first move is wanted
     */
    StepwiseGradient(
            LatentObjective objective, StepGradient step, VelocityPenalty drift, boolean toEntry) {
        this.objective = objective;
        this.step = step;
        this.drift = drift;
        this.toEntry = toEntry;
    }

    @Override
    public Result run(Tail tail, NDArray entry, Gradients sum) {
        return Autograd.in(
                Mode.NO_GRADIENT,
                () -> {
                    List<NDArray> latents = forward(tail, entry);
                    NDArray last = latents.get(latents.size() - 1);
                    LatentObjective.Gradient top =
                            objective.gradient(last, tail.prompts(), -tail.weight());
                    List<NDArray> flow = new ArrayList<>(List.of(top.latents()));
                    double drifted = 0;
                    for (int i = tail.moves().size() - 1; i >= 0; i--) {
                        drifted += back(tail, i, latents.get(i), flow, sum);
                        if (i + 1 < latents.size() - 1) {
                            latents.get(i + 1).close();
                        }
                    }
                    return new Result(top.rewards(), last, drifted, flow);
                });
    }

    /** The latents before, between and after the moves. */
    private static List<NDArray> forward(Tail tail, NDArray entry) {
        List<NDArray> latents = new ArrayList<>(List.of(entry));
        for (Move move : tail.moves()) {
            try (TensorScope scope = TensorScope.open()) {
                NDArray before = latents.get(latents.size() - 1);
                NDArray velocity = tail.field().velocity(move.step(), before);
                latents.add(scope.keep(move.of(before, velocity)));
            }
        }
        return latents;
    }

    /** Goes back through one move: adds to the flow, and returns the move's share of the drift. */
    private double back(Tail tail, int index, NDArray latents, List<NDArray> flow, Gradients sum) {
        Move move = tail.moves().get(index);
        NDArray after = flow.get(flow.size() - 1);
        boolean wanted = index > 0 || toEntry;
        double[] drifted = new double[1];
        try (TensorScope scope = TensorScope.open()) {
            NDArray direct = move.velocityGradient(after);
            StepGradient.Upstream upstream =
                    velocity -> {
                        if (!drift.isOn()) {
                            return direct;
                        }
                        NDArray base = drift.baseVelocity(tail.field(), move.step(), latents);
                        drifted[0] =
                                Tensors.toDouble(VelocityPenalty.meanSquare(velocity, base))
                                        / tail.moves().size();
                        return VelocityPenalty.addGradient(
                                direct, velocity, base, drift.share(tail));
                    };
            step.run(tail.field(), move.step(), latents, upstream, wanted, sum)
                    .ifPresent(through -> flow.add(scope.keep(through.add(after))));
        }
        return drifted[0];
    }
}
