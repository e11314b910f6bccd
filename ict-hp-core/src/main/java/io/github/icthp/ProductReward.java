package io.github.icthp;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.torch.staged.Activations;

import java.util.ArrayList;
import java.util.List;

/** A product of rewards, whose factors are differentiated one after another. B batch. */
final class ProductReward implements DifferentiableReward {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(ProductReward.class, "rewards.torchscript");

    private final List<DifferentiableReward> factors;

    ProductReward(List<DifferentiableReward> factors) {
        List<DifferentiableReward> checked = new ArrayList<>();
        for (DifferentiableReward factor : factors) {
            checked.add(factor.checked("the factor " + (checked.size() + 1)));
        }
        this.factors = List.copyOf(checked);
    }

    @Override
    public NDArray reward(NDArray pixels, List<String> prompts) {
        return PROGRAM.call(
                "product", factors.stream().map(factor -> factor.reward(pixels, prompts)).toList());
    }

    @Override
    public RewardGradient gradient(NDArray pixels, List<String> prompts, Activations activations) {
        try (TensorScope scope = TensorScope.open()) {
            List<NDArray> rewards = new ArrayList<>();
            List<NDArray> gradients = new ArrayList<>();
            for (DifferentiableReward factor : factors) {
                RewardGradient part = factor.gradient(pixels, prompts, activations);
                rewards.add(part.rewards());
                gradients.add(part.gradient());
            }
            return new RewardGradient(
                    scope.keep(PROGRAM.call("product", rewards)),
                    scope.keep(PROGRAM.call("product_gradient", rewards, gradients)));
        }
    }

    @Override
    public String toString() {
        return "ProductReward[" + factors.size() + " factors]";
    }
}
