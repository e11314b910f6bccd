package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * The embedded text and time of a field: plain, which is computed once; through adapters, which is
 * computed whenever it is asked for; or recorded when the field was made, for gradients of the
 * conditioning.
 */
final class Embeddings {

    private final Denoiser transformer;
    private final NDManager owner;
    private final Conditioning conditioning;
    private final NDArray timesteps;
    private final @Nullable NDArray recordedText;
    private final @Nullable NDArray recordedTime;
    private @Nullable NDArray plainText;
    private @Nullable NDArray plainTime;

    /**
     * Keeps what is embedded.
     *
     * @param transformer embeds it
     * @param given the prompts; their tensors may close before the owner does
     * @param times a row a step, of one timestep for all prompts or one for each
     * @param owner owns what is kept
     */
    Embeddings(Denoiser transformer, Conditioning given, float[][] times, NDManager owner) {
        this.transformer = transformer;
        this.owner = owner;
        try (TensorScope scope = TensorScope.open(transformer.device())) {
            this.timesteps = scope.keep(timesteps(times, (int) given.batch()), owner);
            this.conditioning =
                    new Conditioning(
                            scope.keep(Autograd.detach(given.tokens()), owner),
                            scope.keep(Autograd.detach(given.pooled()), owner),
                            given.guidance(),
                            given.sizes());
            Optional<NDArray[]> recorded = record(given);
            this.recordedText = recorded.map(r -> scope.keep(r[0], owner)).orElse(null);
            this.recordedTime = recorded.map(r -> scope.keep(r[1], owner)).orElse(null);
        }
    }

    /** Embeds with a graph, if the thread records and there is anything to record. */
    private Optional<NDArray[]> record(Conditioning given) {
        if (Autograd.mode() != Mode.GRADIENT) {
            return Optional.empty();
        }
        NDArray[] both = {
            transformer.embedText(given.tokens()), transformer.embedTime(timesteps, given)
        };
        boolean live = Autograd.requiresGradient(both[0]) || Autograd.requiresGradient(both[1]);
        return live ? Optional.of(both) : Optional.empty();
    }

    private static NDArray timesteps(float[][] times, int batch) {
        float[] flat = new float[times.length * batch];
        for (int i = 0; i < flat.length; i++) {
            float[] row = times[i / batch];
            flat[i] = row[row.length == 1 ? 0 : i % batch];
        }
        return Tensors.of(flat, times.length, batch);
    }

    /** Returns L. */
    long textTokens() {
        return conditioning.tokens().getShape().get(1);
    }

    /** Returns the embedded text (B, L, D); in the innermost scope if adapters change it. */
    NDArray text() {
        boolean adapted = transformer.adaptsText();
        if (recordedText != null && !(adapted && Adapters.disabled())) {
            return recordedText;
        } else if (adapted && !Adapters.disabled()) {
            return transformer.embedText(conditioning.tokens());
        }
        if (plainText == null) {
            plainText = plain(() -> transformer.embedText(conditioning.tokens()));
        }
        return plainText;
    }

    /** Says whether the embedded time is recorded or adapters change it. */
    boolean changesTime() {
        return usesRecordedTime()
                || (transformer.timeWeights().adaptsAny() && !Adapters.disabled());
    }

    private boolean usesRecordedTime() {
        return recordedTime != null
                && !(transformer.timeWeights().adaptsAny() && Adapters.disabled());
    }

    /** Returns the embedded time of a step (1, B, D), in the innermost scope, if it may change. */
    Optional<NDArray> time(int step) {
        if (!changesTime()) {
            return Optional.empty();
        }
        return Optional.of(
                usesRecordedTime()
                        ? row(recordedTime, step)
                        : transformer.embedTime(row(timesteps, step), conditioning));
    }

    /** Returns the embedded time of all steps (T, B, D), without adapters. */
    NDArray plainTime() {
        if (plainTime == null) {
            plainTime = plain(() -> transformer.embedTime(timesteps, conditioning));
        }
        return plainTime;
    }

    /** Row i, as the only one. */
    static NDArray row(NDArray rows, int i) {
        return LayerPrograms.COMMON.call("step", rows, i);
    }

    private NDArray plain(Supplier<NDArray> embed) {
        return Autograd.in(
                Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open(transformer.device())) {
                        return scope.keep(Adapters.disabled(embed), owner);
                    }
                });
    }
}
