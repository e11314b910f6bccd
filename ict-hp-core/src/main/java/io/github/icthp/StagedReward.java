package io.github.icthp;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.staged.Activations;
import io.github.icthp.torch.staged.PassInputs;
import io.github.icthp.torch.staged.Stage;
import io.github.icthp.torch.staged.StagedPass;

import java.util.List;
import java.util.function.Function;

/**
 * A reward in stages, which can be differentiated one at a time. B batch.
 *
 * @param stages from prompts to stages, from pixels (B, 3, H, W) to rewards (B)
 */
record StagedReward(Function<List<String>, List<Stage>> stages) implements DifferentiableReward {

    @Override
    public NDArray reward(NDArray pixels, List<String> prompts) {
        return StagedPass.through(stages.apply(prompts), List.of(pixels), List.of()).get(0);
    }

    @Override
    public RewardGradient gradient(NDArray pixels, List<String> prompts, Activations activations) {
        List<Stage> all = stages.apply(prompts);
        if (!activations.recomputes() || all.size() == 1) {
            return DifferentiableReward.super.gradient(pixels, prompts, activations);
        }
        PassInputs inputs = PassInputs.differentiated(pixels);
        try (TensorScope scope = TensorScope.open();
                StagedPass pass = StagedPass.record(all, inputs, activations)) {
            NDArray rewards = pass.output();
            CheckedReward.requireRewards(CheckedReward.UNNAMED, rewards, pixels);
            NDArray gradient =
                    pass.backward(Autograd.onesLike(rewards), (name, unused) -> {})
                            .state()
                            .get(0)
                            .orElseThrow(() -> CheckedReward.noGradient(CheckedReward.UNNAMED));
            return new RewardGradient(scope.keep(Autograd.detach(rewards)), scope.keep(gradient));
        }
    }
}
