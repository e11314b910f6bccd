package io.github.icthp;

import io.github.icthp.reward.ScoringNetwork;

import org.jspecify.annotations.Nullable;

import java.util.function.Supplier;

/** The network behind {@link RewardModel#differentiable}, loaded when first asked for. */
final class GradientModel implements AutoCloseable {

    private final Supplier<ScoringNetwork> loader;
    private @Nullable ScoringNetwork network;
    private boolean closed;

    GradientModel(Supplier<ScoringNetwork> loader) {
        this.loader = loader;
    }

    synchronized DifferentiableReward reward() {
        if (closed) {
            throw new IllegalStateException("RewardModel: closed; build a new one");
        }
        if (network == null) {
            network = loader.get();
        }
        return Rewards.staged(network::stages);
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (network != null) {
            network.close();
            network = null;
        }
    }
}
