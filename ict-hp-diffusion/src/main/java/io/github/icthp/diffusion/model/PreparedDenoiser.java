package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Torch;
import io.github.icthp.torch.staged.Activations;
import io.github.icthp.torch.staged.Stage;
import io.github.icthp.torch.staged.StagedPass;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * A denoiser prepared for one batch of prompts and the timesteps of a schedule.
 *
 * <p>What does not depend on the latents is computed once for all steps: the embedded text, and
 * every block's shifts, scales and gates, whose layers are a third of the weights but see one row a
 * step. What depends on adapters is computed at every step. It belongs to the thread that uses it.
 */
public final class PreparedDenoiser implements AutoCloseable {

    private final Denoiser denoiser;
    private final NDManager owner;
    private final Embeddings embeddings;
    private final StyleInputs styles;
    private final Map<DenoiserStage, List<NDArray>> modulations = new HashMap<>();
    private final Map<LatentSize, List<NDArray>> positions = new HashMap<>();
    private double guidance;

    PreparedDenoiser(Denoiser denoiser, Conditioning conditioning, float[][] times) {
        this.denoiser = denoiser;
        this.owner = Torch.manager(denoiser.device());
        this.embeddings = new Embeddings(denoiser, conditioning, times, owner);
        this.styles = new StyleInputs(conditioning.styles(), owner);
    }

    /**
     * Returns the prediction at a step.
     *
     * <p>In {@link Mode#GRADIENT} the whole step is recorded.
     *
     * @param step which of the field's timesteps
     * @param latents (B, C, h, w) in the denoiser's type
     * @return the prediction, of the latents' shape, owned by the innermost scope
     */
    public NDArray predict(int step, NDArray latents) {
        try (TensorScope scope = TensorScope.open()) {
            List<NDArray> time = embeddings.time(step).map(List::of).orElse(List.of());
            return scope.keep(
                    StagedPass.through(stages(step, latents), List.of(latents), time).get(0));
        }
    }

    /**
     * Computes the prediction at a step and what is needed to go back. One block is computed again
     * at a time: peak memory is what passes from block to block and one block's activations.
     *
     * @param step which of the field's timesteps
     * @param latents (B, C, h, w) in the denoiser's type
     * @param differentiated whether the gradient of the latents is wanted
     * @return the pass, to be closed
     */
    public DenoiserPass pass(int step, NDArray latents, boolean differentiated) {
        return new DenoiserPass(
                embedding(step),
                stages(step, latents),
                latents,
                differentiated,
                Activations.recomputed());
    }

    /**
     * As {@link #pass}, with one graph of the whole step: faster, in more memory.
     *
     * @param step which of the field's timesteps
     * @param latents (B, C, h, w) in the denoiser's type
     * @param differentiated whether the gradient of the latents is wanted
     * @return the pass, to be closed
     */
    public DenoiserPass wholePass(int step, NDArray latents, boolean differentiated) {
        Map<String, NDArray> trainable = new LinkedHashMap<>();
        denoiser.stages().forEach(stage -> trainable.putAll(stage.weights().trainable()));
        trainable.putAll(denoiser.timeWeights().trainable());
        Stage whole =
                new ComputedStage(() -> trainable, state -> List.of(predict(step, state.get(0))));
        return new DenoiserPass(
                List.of(), List.of(whole), latents, differentiated, Activations.kept());
    }

    /**
     * Predicts with classifier-free guidance (Ho and Salimans 2022): the prompts' second half is
     * what is wanted, the first what is kept away from. Latents and predictions are then of half
     * the prompts' batch, and gradients go through both halves.
     *
     * @param scale the guidance scale; up to 1 there is none, and all prompts are wanted
     * @return this
     */
    public PreparedDenoiser guided(double scale) {
        this.guidance = scale;
        return this;
    }

    /** A stage without context: what it computes, and what is trained in it. */
    private record ComputedStage(
            Supplier<Map<String, NDArray>> weights, UnaryOperator<List<NDArray>> body)
            implements Stage {

        @Override
        public List<NDArray> forward(List<NDArray> state, List<NDArray> context) {
            return body.apply(state);
        }

        @Override
        public Map<String, NDArray> trainable() {
            return weights.get();
        }
    }

    /** What embeds the time of a step, if that may change. */
    private List<Stage> embedding(int step) {
        return embeddings.changesTime()
                ? List.of(
                        new ComputedStage(
                                () -> denoiser.timeWeights().trainable(),
                                none -> List.of(embeddings.time(step).orElseThrow())))
                : List.of();
    }

    /** The denoiser's stages at a step. */
    private List<Stage> stages(int step, NDArray latents) {
        FieldStep at = step(step, latents);
        List<Stage> stages = new ArrayList<>();
        if (guidance > 1) {
            stages.add(weightless(x -> LayerPrograms.COMMON.call("twice", x)));
        }
        denoiser.stages().forEach(stage -> stages.add(new StageAtStep(stage, at)));
        if (guidance > 1) {
            stages.add(weightless(x -> LayerPrograms.COMMON.call("guide", x, guidance)));
        }
        return stages;
    }

    private static Stage weightless(UnaryOperator<NDArray> body) {
        return new ComputedStage(Map::of, state -> List.of(body.apply(state.get(0))));
    }

    /** A stage at a step: its context is the embedded time, if that may change. */
    private record StageAtStep(DenoiserStage stage, FieldStep step) implements Stage {

        @Override
        public List<NDArray> forward(List<NDArray> state, List<NDArray> context) {
            return stage.forward(state, context.isEmpty() ? step : step.with(context.get(0)));
        }

        @Override
        public Map<String, NDArray> trainable() {
            return stage.weights().trainable();
        }

        @Override
        public boolean readsContext() {
            return !stage.weights().modulations().isEmpty();
        }

        @Override
        public boolean[] varying(boolean[] inputs, int outputs) {
            return stage.varying(inputs, outputs);
        }
    }

    private FieldStep step(int index, NDArray latents) {
        LatentSize size = denoiser.size(latents);
        List<NDArray> tables =
                positions.computeIfAbsent(
                        size, s -> constant(() -> denoiser.positions(s, embeddings.textTokens())));
        return new FieldStep(index, size, tables, Optional.empty());
    }

    /** Computes what later steps use again. */
    private List<NDArray> constant(Supplier<List<NDArray>> body) {
        return Autograd.in(
                Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open(denoiser.device())) {
                        List<NDArray> tensors = body.get();
                        tensors.forEach(t -> scope.keep(t, owner));
                        return List.copyOf(tensors);
                    }
                });
    }

    /** A step with the embedding of its time, if that is not the same whatever the adapters. */
    private final class FieldStep implements Step {

        private final int index;
        private final LatentSize size;
        private final List<NDArray> positions;
        private final Optional<NDArray> time;

        FieldStep(int index, LatentSize size, List<NDArray> positions, Optional<NDArray> time) {
            this.index = index;
            this.size = size;
            this.positions = positions;
            this.time = time;
        }

        @Override
        public LatentSize size() {
            return size;
        }

        @Override
        public NDArray text() {
            return embeddings.text();
        }

        @Override
        public long textTokens() {
            return embeddings.textTokens();
        }

        @Override
        public StyleAttention style(String attention) {
            return styles.of(attention);
        }

        @Override
        public List<NDArray> positions() {
            return positions;
        }

        @Override
        public Modulation modulation(DenoiserStage stage) {
            if (time.isPresent()) {
                return new Modulation(stage.modulation(time.get()), 0);
            } else if (stage.weights().adaptsModulation()) {
                NDArray row = Embeddings.row(embeddings.plainTime(), index);
                return new Modulation(stage.modulation(row), 0);
            }
            return new Modulation(
                    modulations.computeIfAbsent(
                            stage, s -> constant(() -> s.modulation(embeddings.plainTime()))),
                    index);
        }

        /** The same step with an embedding of its time (1, B, D). */
        FieldStep with(NDArray value) {
            return new FieldStep(index, size, positions, Optional.of(value));
        }
    }

    /** Frees what was computed once for all steps. */
    @Override
    public void close() {
        owner.close();
    }
}
