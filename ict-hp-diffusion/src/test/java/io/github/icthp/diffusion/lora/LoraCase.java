package io.github.icthp.diffusion.lora;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonObject;

import io.github.icthp.diffusion.flux.FluxConfig;
import io.github.icthp.diffusion.flux.FluxLatents;
import io.github.icthp.diffusion.flux.FluxTransformer;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.sd3.Sd3Config;
import io.github.icthp.diffusion.sd3.Sd3Transformer;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;

/** A golden case of adapters on a tiny transformer, within a scope of its own. */
final class LoraCase implements AutoCloseable {

    final Path folder;
    final JsonObject json;
    final Expected expected;
    final Denoiser transformer;
    private final TensorScope scope = TensorScope.open(Devices.tested());
    private final boolean flux;
    private final Expected io;

    LoraCase(Path folder) {
        this.folder = folder;
        Path family = folder.getParent();
        this.flux = family.getFileName().toString().equals("flux");
        this.json = Golden.json(folder.resolve("case.json"));
        this.expected = Expected.open(folder.resolve("expected.safetensors"));
        this.io = Expected.open(family.resolve("io.safetensors"));
        this.transformer = transformer(family.resolve("base/transformer"), flux);
    }

    static Denoiser transformer(Path folder, boolean flux) {
        Path config = folder.resolve("config.json");
        try (Weights weights = Weights.open(folder)) {
            return flux
                    ? FluxTransformer.load(
                            FluxConfig.read(config),
                            weights,
                            Devices.tested(),
                            DType.FLOAT32,
                            Memory.MAPPED)
                    : Sd3Transformer.load(
                            Sd3Config.read(config),
                            weights,
                            Devices.tested(),
                            DType.FLOAT32,
                            Memory.MAPPED);
        }
    }

    Path adapterFile() {
        return folder.resolve("lora/pytorch_lora_weights.safetensors");
    }

    /** The velocity in the layout of the golden file. */
    NDArray output() {
        NDArray velocity = predict();
        return flux ? FluxLatents.pack(velocity) : velocity;
    }

    NDArray predict() {
        Conditioning conditioning =
                new Conditioning(io.get("encoder_hidden_states"), io.get("pooled_projections"));
        float[] timesteps = io.floats("timestep");
        for (int i = 0; flux && i < timesteps.length; i++) {
            timesteps[i] *= 1000;
        }
        return transformer.predict(picture("hidden_states"), timesteps, conditioning);
    }

    NDArray direction() {
        return picture("direction");
    }

    private NDArray picture(String name) {
        if (!flux) {
            return io.get(name);
        }
        float rows = 0;
        float[] ids = io.floats("img_ids");
        for (int i = 1; i < ids.length; i += 3) {
            rows = Math.max(rows, ids[i] + 1);
        }
        return FluxLatents.unpack(io.get(name), 2 * (int) rows);
    }

    void assertOutput(String name) {
        expected.assertClose(name, output(), tolerance());
    }

    double tolerance() {
        return json.has("tolerances")
                ? json.getAsJsonObject("tolerances")
                        .getAsJsonObject("output_trained")
                        .get("suggested_abs_tolerance")
                        .getAsDouble()
                : 1e-4;
    }

    @Override
    public void close() {
        expected.close();
        io.close();
        transformer.close();
        scope.close();
    }
}
