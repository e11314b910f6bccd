package io.github.icthp;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.clip.ClipTokenizer;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;

/** The networks behind {@link RewardModel#differentiable}, loaded when first asked for. */
final class GradientModel implements AutoCloseable {

    private final RewardKind kind;
    private final RewardFiles files;
    private final Device device;
    private final DType type;
    private final Optional<ClipTokenizer> tokenizer;
    private @Nullable RewardNetwork network;
    private @Nullable DifferentiableReward reward;
    private boolean closed;

    GradientModel(
            RewardKind kind,
            RewardFiles files,
            Device device,
            DType type,
            Optional<ClipTokenizer> tokenizer) {
        this.kind = kind;
        this.files = files;
        this.device = device;
        this.type = type;
        this.tokenizer = tokenizer;
    }

    synchronized DifferentiableReward reward() {
        if (closed) {
            throw new IllegalStateException("RewardModel: closed; build a new one");
        }
        if (reward == null) {
            RewardNetwork loaded = RewardNetwork.load(files, device, type);
            network = loaded;
            Optional<PromptEncoder> prompts = tokenizer.map(t -> new PromptEncoder(loaded, t));
            reward = loaded.differentiable(kind, texts -> constants(prompts, texts));
        }
        return reward;
    }

    /** Text features never carry a graph, whatever the thread records. */
    private static NDArray constants(Optional<PromptEncoder> prompts, List<String> texts) {
        return Autograd.in(
                Autograd.Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open()) {
                        return scope.keep(prompts.orElseThrow().encode(texts));
                    }
                });
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
