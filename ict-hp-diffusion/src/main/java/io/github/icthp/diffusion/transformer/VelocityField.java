package io.github.icthp.diffusion.transformer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.diffusion.Conditioning;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The velocities that a transformer predicts for one batch of prompts at the timesteps of a
 * schedule.
 *
 * <p>What does not depend on the latents is computed once for all steps: the embedded text, and
 * every block's shifts, scales and gates, whose layers are a third of the weights but see one row a
 * step. A field belongs to the thread that uses it.
 */
public final class VelocityField implements AutoCloseable {

    private final DiffusionTransformer transformer;
    private final NDManager owner;
    private final NDArray text;
    private final NDArray temb;
    private final boolean differentiable;
    private final Map<Stage, List<NDArray>> modulations = new HashMap<>();
    private final Map<LatentSize, List<NDArray>> positions = new HashMap<>();

    VelocityField(DiffusionTransformer transformer, Conditioning conditioning, float[][] times) {
        this.transformer = transformer;
        this.owner = Torch.manager(transformer.device());
        try (TensorScope scope = TensorScope.open(transformer.device())) {
            NDArray timesteps = timesteps(times, (int) conditioning.batch());
            this.text = scope.keep(transformer.embedText(conditioning.tokens()), owner);
            this.temb = scope.keep(transformer.embedTime(timesteps, conditioning), owner);
        }
        this.differentiable = Autograd.requiresGradient(temb) || Autograd.requiresGradient(text);
    }

    private static NDArray timesteps(float[][] times, int batch) {
        float[] flat = new float[times.length * batch];
        for (int i = 0; i < flat.length; i++) {
            float[] row = times[i / batch];
            flat[i] = row[row.length == 1 ? 0 : i % batch];
        }
        return Tensors.of(flat, times.length, batch);
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
        Step context = step(step, latents);
        try (TensorScope scope = TensorScope.open()) {
            List<NDArray> state = List.of(latents);
            for (Stage stage : transformer.stages()) {
                List<NDArray> next = stage.forward(state, context);
                state.stream()
                        .filter(t -> t.getManager() == scope.manager())
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

    private Step step(int index, NDArray latents) {
        LatentSize size = transformer.size(latents);
        List<NDArray> tables =
                positions.computeIfAbsent(
                        size,
                        s -> constant(() -> transformer.positions(s, text.getShape().get(1))));
        return new FieldStep(index, size, tables);
    }

    /** Computes what later steps use again. */
    private List<NDArray> constant(java.util.function.Supplier<List<NDArray>> body) {
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

    private final class FieldStep implements Step {

        private final int index;
        private final LatentSize size;
        private final List<NDArray> positions;

        FieldStep(int index, LatentSize size, List<NDArray> positions) {
            this.index = index;
            this.size = size;
            this.positions = positions;
        }

        @Override
        public LatentSize size() {
            return size;
        }

        @Override
        public NDArray text() {
            return text;
        }

        @Override
        public List<NDArray> positions() {
            return positions;
        }

        @Override
        public Modulation modulation(Stage stage) {
            if (differentiable || stage.weights().adaptsModulation()) {
                NDArray row = LayerPrograms.COMMON.call("step", temb, index);
                return new Modulation(stage.modulation(row), 0);
            }
            return new Modulation(
                    modulations.computeIfAbsent(stage, s -> constant(() -> s.modulation(temb))),
                    index);
        }
    }

    /** Frees what was computed once for all steps. */
    @Override
    public void close() {
        owner.close();
    }
}
