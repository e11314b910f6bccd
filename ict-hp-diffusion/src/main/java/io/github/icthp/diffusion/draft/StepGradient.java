package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.BlockwisePass;
import io.github.icthp.diffusion.model.TransformerGradients;
import io.github.icthp.diffusion.model.VelocityField;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.NativeMemory;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.training.Gradients;
import io.github.icthp.training.Trainable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Computes a velocity again and goes back through it. Freed memory goes back to the system now and
 * then: kept from step to step, it would lie in ever more pieces, and grow with their number.
 */
interface StepGradient {

    /** Tells the gradient of a velocity once the velocity is known. */
    @FunctionalInterface
    interface Upstream {

        /** Returns the gradient that flows into a velocity, of its shape and type. */
        NDArray of(NDArray velocity);
    }

    /**
     * Goes back through a velocity.
     *
     * @param field the velocities
     * @param step which of the field's timesteps
     * @param latents what the velocity was predicted from
     * @param upstream the gradient that flows into it
     * @param withLatents whether the gradient of the latents is wanted
     * @param sum takes the adapters' gradients
     * @return the gradient of the latents if it was wanted, owned by the innermost scope
     */
    Optional<NDArray> run(
            VelocityField field,
            int step,
            NDArray latents,
            Upstream upstream,
            boolean withLatents,
            Gradients sum);

    /** The whole step as one graph. */
    record Whole(List<Trainable> trainables) implements StepGradient {

        @Override
        public Optional<NDArray> run(
                VelocityField field,
                int step,
                NDArray latents,
                Upstream upstream,
                boolean withLatents,
                Gradients sum) {
            List<NDArray> wanted =
                    new ArrayList<>(trainables.stream().map(Trainable::model).toList());
            NDArray entry = withLatents ? Autograd.leaf(latents) : latents;
            if (withLatents) {
                wanted.add(entry);
            }
            NDArray velocity = Autograd.in(Mode.GRADIENT, () -> field.velocity(step, entry));
            List<Optional<NDArray>> found =
                    Autograd.gradients(velocity, upstream.of(Autograd.detach(velocity)), wanted);
            sum.addAll(
                    trainables.stream().map(Trainable::name).toList(),
                    found.subList(0, trainables.size()));
            NativeMemory.trimGrown();
            return withLatents ? found.get(trainables.size()) : Optional.empty();
        }
    }

    /** One block of the transformer after the other. */
    record Blockwise() implements StepGradient {

        @Override
        public Optional<NDArray> run(
                VelocityField field,
                int step,
                NDArray latents,
                Upstream upstream,
                boolean withLatents,
                Gradients sum) {
            NativeMemory.trim();
            try (TensorScope scope = TensorScope.open();
                    BlockwisePass pass = field.pass(step, latents)) {
                TransformerGradients gradients =
                        pass.gradients(upstream.of(pass.velocity()), withLatents);
                gradients.adapters().forEach(sum::add);
                gradients.latents().ifPresent(scope::keep);
                return gradients.latents();
            }
        }
    }
}
