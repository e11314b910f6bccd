package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.WeightedReward;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import java.util.LinkedHashMap;
import java.util.Map;

/** A reward with its results checked, and the means of its terms if it is a weighted sum. */
final class TermMeans {

    private final DifferentiableReward reward;
    private final Map<String, Double> sums = new LinkedHashMap<>();
    private long pictures;
    private boolean expecting;

    TermMeans(DifferentiableReward reward, String name) {
        DifferentiableReward watched =
                reward instanceof WeightedReward sum ? sum.watched(this::add) : reward;
        this.reward = watched.checked(name);
    }

    /** What to reward pictures by. */
    DifferentiableReward reward() {
        return reward;
    }

    /** Counts the next batch that is rewarded, and none after it. */
    void expect() {
        expecting = true;
    }

    private void add(Map<String, NDArray> terms) {
        if (!expecting) {
            return;
        }
        expecting = false;
        terms.forEach((name, rewards) -> sums.merge(name, total(rewards), Double::sum));
        pictures += terms.values().iterator().next().getShape().get(0);
    }

    private static double total(NDArray rewards) {
        return TensorScope.call(
                rewards.getDevice(),
                () -> {
                    double total = 0;
                    for (float value : Tensors.toFloats(Autograd.detach(rewards))) {
                        total += value;
                    }
                    return total;
                });
    }

    /** Returns each term's mean over the batches counted, and begins anew. */
    Map<String, Double> take() {
        long counted = pictures;
        Map<String, Double> means = takeSums();
        means.replaceAll((name, sum) -> sum / counted);
        return means;
    }

    /** Returns each term's sum over the batches counted, and begins anew. */
    Map<String, Double> takeSums() {
        Map<String, Double> taken = new LinkedHashMap<>(sums);
        sums.clear();
        pictures = 0;
        return taken;
    }
}
