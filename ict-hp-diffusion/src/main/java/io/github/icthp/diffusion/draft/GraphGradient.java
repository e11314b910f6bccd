package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.draft.Tail.Move;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.Trainable;

import java.util.ArrayList;
import java.util.List;

/** One graph through all moves, the decoder and the reward. */
final class GraphGradient implements TailGradient {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(GraphGradient.class, "draft.torchscript");

    private final LatentObjective objective;
    private final List<Trainable> trainables;
    private final VelocityPenalty drift;

    GraphGradient(LatentObjective objective, List<Trainable> trainables, VelocityPenalty drift) {
        this.objective = objective;
        this.trainables = trainables;
        this.drift = drift;
    }

    @Override
    public Result run(Tail tail, NDArray entry, Gradients sum) {
        try (TensorScope scope = TensorScope.open()) {
            Result result = Autograd.in(Mode.GRADIENT, () -> record(tail, entry, sum));
            scope.keep(result.rewards());
            scope.keep(result.latents());
            return result;
        }
    }

    private Result record(Tail tail, NDArray entry, Gradients sum) {
        List<NDArray> outputs = new ArrayList<>();
        List<NDArray> upstream = new ArrayList<>();
        NDArray latents = entry;
        double drifted = 0;
        for (Move move : tail.moves()) {
            NDArray velocity = tail.field().velocity(move.step(), latents);
            if (drift.isOn()) {
                NDArray base = drift.baseVelocity(tail.field(), move.step(), latents);
                NDArray square = VelocityPenalty.meanSquare(velocity, base);
                outputs.add(square);
                upstream.add(filled(square, drift.share(tail)));
                drifted += Tensors.toDouble(square) / tail.moves().size();
            }
            latents = move.of(latents, velocity);
        }
        NDArray rewards = objective.rewards(latents, tail.prompts());
        outputs.add(rewards);
        upstream.add(filled(rewards, -tail.weight()));
        sum.addAll(
                trainables.stream().map(Trainable::name).toList(),
                Autograd.gradients(
                        outputs, upstream, trainables.stream().map(Trainable::model).toList()));
        return new Result(Autograd.detach(rewards), Autograd.detach(latents), drifted, List.of());
    }

    private static NDArray filled(NDArray like, double value) {
        return PROGRAM.call("filled_like", Autograd.detach(like), value);
    }
}
