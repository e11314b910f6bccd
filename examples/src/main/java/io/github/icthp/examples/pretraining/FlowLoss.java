package io.github.icthp.examples.pretraining;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.schedule.FlowMatchSchedule;
import io.github.icthp.diffusion.sd3.Sd3Transformer;
import io.github.icthp.diffusion.text.PromptEncoder;
import io.github.icthp.diffusion.vae.LatentCodec;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.TorchProgram;

/**
 * The squared error of predicted velocities (Esser et al. 2024, equation 14 with the weights of a
 * rectified flow): {@code w |v(sigma noise + (1 - sigma) x, sigma, prompt) - (noise - x)|^2}.
 *
 * @param transformer predicts velocities
 * @param codec pictures to latents
 * @param encoder prompts to embeddings
 */
record FlowLoss(Sd3Transformer transformer, LatentCodec codec, PromptEncoder encoder) {

    private static final TorchProgram PROGRAM = TorchProgram.of(FlowLoss.class, "flow.torchscript");

    /** The loss of a batch, with a graph if gradients are being recorded. */
    NDArray of(FlowBatch batch) {
        try (TensorScope scope = TensorScope.open(transformer.device())) {
            Inputs inputs = Autograd.in(Mode.NO_GRADIENT, () -> inputs(batch));
            NDArray noisy =
                    FlowMatchSchedule.addNoise(inputs.latents, inputs.noise, batch.sigmas());
            NDArray velocity = transformer.predict(noisy, batch.timesteps(), inputs.conditioning);
            NDArray weights = Tensors.of(batch.weights(), batch.levels().size());
            return scope.keep(
                    PROGRAM.call("loss", velocity, inputs.latents, inputs.noise, weights));
        }
    }

    /** Standard normal values, the same on every device. */
    static NDArray noise(long seed, long... shape) {
        return PROGRAM.call("normal", shape, seed);
    }

    private record Inputs(NDArray latents, NDArray noise, Conditioning conditioning) {}

    private Inputs inputs(FlowBatch batch) {
        NDArray latents = codec.encode(Tensors.to(batch.pixels(), transformer.device()));
        NDArray noise = noise(batch.noiseSeed(), latents.getShape().getShape());
        return new Inputs(
                latents, Tensors.to(noise, transformer.device()), encoder.encode(batch.prompts()));
    }
}
