package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.staged.Activations;
import io.github.icthp.torch.staged.PassGradients;
import io.github.icthp.torch.staged.PassInputs;
import io.github.icthp.torch.staged.Stage;
import io.github.icthp.torch.staged.StagedPass;

import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * A prediction together with the way back: through the blocks, and then through the embedding of
 * time, whose gradient comes together from all of them.
 */
public final class DenoiserPass implements AutoCloseable {

    private final StagedPass time;
    private final StagedPass blocks;

    /**
     * Computes a prediction.
     *
     * @param embedding embeds time: what all blocks read
     * @param stages from latents to the prediction
     * @param latents (B, C, h, w)
     * @param differentiated whether the gradient of the latents is wanted
     * @param activations what is kept for the way back
     */
    DenoiserPass(
            List<? extends Stage> embedding,
            List<? extends Stage> stages,
            NDArray latents,
            boolean differentiated,
            Activations activations) {
        this.time = StagedPass.record(embedding, PassInputs.constant(), activations);
        boolean timeIsTrained = embedding.stream().anyMatch(stage -> !stage.trainable().isEmpty());
        PassInputs inputs =
                new PassInputs(List.of(latents), time.outputs(), differentiated, timeIsTrained);
        try {
            this.blocks = StagedPass.record(stages, inputs, activations);
        } catch (RuntimeException | Error e) {
            time.close();
            throw e;
        }
    }

    /**
     * Returns the prediction.
     *
     * @return (B, C, h, w), owned by this pass
     */
    public NDArray prediction() {
        return blocks.output();
    }

    /**
     * Carries a gradient back.
     *
     * @param upstream the gradient that flows into the prediction, of its shape
     * @param adapters receives the float32 gradient of each trained adapter matrix by its name in
     *     an adapter file without its prefix, for example {@code
     *     transformer_blocks.0.attn.to_q.lora_A.weight}; it belongs to the innermost scope
     * @return the gradient of the latents, owned by the innermost scope; empty if it was not wanted
     */
    public Optional<NDArray> backward(NDArray upstream, BiConsumer<String, NDArray> adapters) {
        PassGradients gradients = blocks.backward(upstream, adapters);
        time.backward(gradients.context(), adapters);
        return gradients.state().get(0);
    }

    /** What passes between stages: the latents first, the prediction last. */
    List<List<NDArray>> states() {
        return blocks.states();
    }

    /** Frees the prediction and what was kept. */
    @Override
    public void close() {
        blocks.close();
        time.close();
    }
}
