package io.github.icthp.diffusion.flux;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;

import com.google.common.primitives.Floats;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.diffusion.model.Conditioning;
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

/** FLUX transformers against diffusers: velocities, activations and gradients. */
class FluxParityTest extends TransformerParity {

    FluxParityTest() {
        super("diffusion/flux", new Flux());
    }

    private static final class Flux implements TransformerCase.Family {

        @Override
        public Denoiser load(Path folder, DType type) {
            try (Weights weights = Weights.open(folder)) {
                FluxConfig config = FluxConfig.read(folder.resolve("config.json"));
                return FluxTransformer.load(config, weights, Devices.tested(), type, Memory.MAPPED);
            }
        }

        @Override
        public float[] timesteps(Expected io) {
            return io.floats("scheduler_timestep");
        }

        @Override
        public NDArray toGolden(NDArray latents) {
            return FluxLatents.pack(latents);
        }

        @Override
        public NDArray fromGolden(NDArray packed, Expected io) {
            return FluxLatents.unpack(packed, (int) io.get("latents").getShape().get(2));
        }
    }

    @Override
    protected void checkTrace(TransformerCase c, List<List<NDArray>> states) {
        FluxTransformer transformer = (FluxTransformer) c.transformer();
        FluxConfig config = transformer.config();
        Expected trace = c.trace();
        double tolerance = c.tolerance("output");
        trace.assertClose("x_embedder", states.get(1).get(0), tolerance);
        trace.assertClose("context_embedder", states.get(1).get(1), tolerance);
        for (int i = 0; i < config.doubleBlocks(); i++) {
            List<NDArray> state = states.get(i + 2);
            trace.assertClose("block." + i + ".image", state.get(0), tolerance);
            trace.assertClose("block." + i + ".context", state.get(1), tolerance);
        }
        long text = c.conditioning().tokens().getShape().get(1);
        for (int i = 0; i < config.singleBlocks(); i++) {
            NDArray h = states.get(i + config.doubleBlocks() + 3).get(0);
            String name = "single_block." + i;
            trace.assertClose(name + ".context", h.get(":, :" + text), tolerance);
            trace.assertClose(name + ".image", h.get(":, " + text + ":"), tolerance);
        }
        float[] turns =
                Tensors.toFloats(transformer.positions(transformer.size(c.latents()), text).get(0));
        assertRotary(turns, 0, trace.floats("rotary.cos"));
        assertRotary(turns, 1, trace.floats("rotary.sin"));
    }

    /** The recorded tables hold every value twice in a row, ours cosine and sine in turn. */
    private static void assertRotary(float[] turns, int part, float[] recorded) {
        assertThat(turns).hasSameSizeAs(recorded);
        float[] repeated = new float[turns.length];
        for (int i = 0; i < turns.length; i++) {
            repeated[i] = turns[i / 2 * 2 + part];
        }
        Expected.assertClose("rotary", repeated, recorded, 1e-6);
    }

    /** bfloat16 rounds time and guidance: compare to float32 with the same rounding. */
    @Override
    protected List<float[]> bfloat16Reference(TransformerCase float32) {
        JsonObject rounded = float32.json().getAsJsonObject("bf16");
        float[] timesteps = floats(rounded.get("effective_timestep_times_1000"));
        Conditioning conditioning = float32.conditioning();
        if (!rounded.get("effective_guidance_times_1000").isJsonNull()) {
            float[] scales = floats(rounded.get("effective_guidance_times_1000"));
            for (int i = 0; i < scales.length; i++) {
                scales[i] /= 1000;
            }
            conditioning = conditioning.withGuidance(scales);
        }
        return float32.wholeGraph(conditioning, timesteps).stream().map(Tensors::toFloats).toList();
    }

    private static float[] floats(JsonElement list) {
        return Floats.toArray(
                list.getAsJsonArray().asList().stream().map(JsonElement::getAsFloat).toList());
    }
}
