package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import com.google.common.collect.Sets;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Torch;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The velocities that a transformer predicts for one batch of prompts at the timesteps of a
 * schedule.
 *
 * <p>What does not depend on the latents is computed once for all steps: the embedded text, and
 * every block's shifts, scales and gates, whose layers are a third of the weights but see one row a
 * step. What depends on adapters is computed at every step. A field belongs to the thread that uses
 * it.
 */
public final class VelocityField implements AutoCloseable {

    private final DiffusionTransformer transformer;
    private final NDManager owner;
    private final Embeddings embeddings;
    private final Map<Stage, List<NDArray>> modulations = new HashMap<>();
    private final Map<LatentSize, List<NDArray>> positions = new HashMap<>();

    VelocityField(DiffusionTransformer transformer, Conditioning conditioning, float[][] times) {
        this.transformer = transformer;
        this.owner = Torch.manager(transformer.device());
        this.embeddings = new Embeddings(transformer, conditioning, times, owner);
    }

    /**
     * Returns the velocity at a step.
     *
     * <p>In {@link Mode#GRADIENT} the whole step is recorded.
     *
     * @param step which of the field's timesteps
     * @param latents (B, C, h, w) in the transformer's type
     * @return the velocity, of the latents' shape, owned by the innermost scope
     */
    public NDArray velocity(int step, NDArray latents) {
        try (TensorScope scope = TensorScope.open()) {
            Step context = step(step, latents).with(embeddings.time(step));
            List<NDArray> state = List.of(latents);
            for (Stage stage : transformer.stages()) {
                List<NDArray> next = stage.forward(state, context);
                Set<NDArray> needed = Sets.newIdentityHashSet();
                needed.addAll(next);
                state.stream()
                        .filter(t -> t.getManager() == scope.manager() && !needed.contains(t))
                        .forEach(NDArray::close);
                state = next;
            }
            return scope.keep(state.get(0));
        }
    }

    /**
     * Computes the velocity at a step and keeps the boundaries between blocks, from which {@link
     * BlockwisePass#gradients} recomputes one block at a time.
     *
     * @param step which of the field's timesteps
     * @param latents (B, C, h, w) in the transformer's type
     * @return the pass, to be closed
     */
    public BlockwisePass pass(int step, NDArray latents) {
        return Autograd.in(
                Mode.NO_GRADIENT,
                () -> new BlockwisePass(transformer.stages(), step(step, latents), latents));
    }

    private FieldStep step(int index, NDArray latents) {
        LatentSize size = transformer.size(latents);
        List<NDArray> tables =
                positions.computeIfAbsent(
                        size,
                        s -> constant(() -> transformer.positions(s, embeddings.textTokens())));
        return new FieldStep(index, size, tables, Optional.empty());
    }

    /** Computes what later steps use again. */
    private List<NDArray> constant(Supplier<List<NDArray>> body) {
        return Autograd.in(
                Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open(transformer.device())) {
                        List<NDArray> tensors = body.get();
                        tensors.forEach(t -> scope.keep(t, owner));
                        return List.copyOf(tensors);
                    }
                });
    }

    /** A step with the embedding of its time, if that is not the same whatever the adapters. */
    private final class FieldStep implements TimedStep {

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
        public List<NDArray> positions() {
            return positions;
        }

        @Override
        public Modulation modulation(Stage stage) {
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

        @Override
        public Optional<NDArray> embedTime() {
            return embeddings.time(index);
        }

        @Override
        public FieldStep with(Optional<NDArray> value) {
            return new FieldStep(index, size, positions, value);
        }

        @Override
        public Map<String, NDArray> timeTrainable() {
            return transformer.timeWeights().trainable();
        }
    }

    /** Frees what was computed once for all steps. */
    @Override
    public void close() {
        owner.close();
    }
}
