package io.github.icthp.diffusion.sd3;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.model.TransformerCase;
import io.github.icthp.diffusion.model.TransformerParity;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.List;

/** SD3 transformers against diffusers: velocities, activations and gradients. */
class Sd3ParityTest extends TransformerParity {

    Sd3ParityTest() {
        super("diffusion/sd3", new Sd3());
    }

    private static final class Sd3 implements TransformerCase.Family {

        @Override
        public Denoiser load(Path folder, DType type) {
            try (Weights weights = Weights.open(folder)) {
                Sd3Config config = Sd3Config.read(folder.resolve("config.json"));
                return Sd3Transformer.load(config, weights, Devices.tested(), type, Memory.MAPPED);
            }
        }

        @Override
        public float[] timesteps(Expected io) {
            return io.floats("timestep");
        }

        @Override
        public NDArray toGolden(NDArray latents) {
            return latents;
        }

        @Override
        public NDArray fromGolden(NDArray latents, Expected io) {
            return latents;
        }
    }

    @Override
    protected void checkTrace(TransformerCase c, List<List<NDArray>> states) {
        Sd3Transformer transformer = (Sd3Transformer) c.transformer();
        Expected trace = c.trace();
        double tolerance = c.tolerance("output");
        trace.assertClose("pos_embed", states.get(1).get(0), tolerance);
        trace.assertClose("context_embedder", states.get(1).get(1), tolerance);
        int layers = transformer.config().layers();
        for (int i = 0; i < layers; i++) {
            List<NDArray> state = states.get(i + 2);
            trace.assertClose("block." + i + ".image", state.get(0), tolerance);
            assertThat(state).hasSize(i == layers - 1 ? 1 : 2);
            if (i < layers - 1) {
                trace.assertClose("block." + i + ".context", state.get(1), tolerance);
            }
        }
        NDArray positions = transformer.positions(transformer.size(c.latents()), 0).get(0);
        assertThat(Tensors.toFloats(positions)).isEqualTo(trace.floats("cropped_pos_embed"));
        float[] timesteps = c.timesteps();
        NDArray times = Tensors.of(timesteps, 1, timesteps.length);
        Expected.assertClose(
                "time_text_embed",
                Tensors.toFloats(transformer.embedTime(times, c.conditioning())),
                trace.floats("time_text_embed"),
                tolerance);
    }

    @Override
    protected List<float[]> bfloat16Reference(TransformerCase float32) {
        return TransformerCase.RESULTS.stream().map(float32::expected).toList();
    }
}
