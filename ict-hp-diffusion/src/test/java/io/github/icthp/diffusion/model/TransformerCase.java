package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonObject;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A golden case of a transformer, loaded in one type, within a scope of its own. */
public final class TransformerCase implements AutoCloseable {

    /** Names of the results in the order of {@link #wholeGraph}. */
    public static final List<String> RESULTS =
            List.of(
                    "output",
                    "grad_hidden_states",
                    "grad_encoder_hidden_states",
                    "grad_pooled_projections");

    private final TensorScope scope = TensorScope.open(Devices.tested());
    private final Family family;
    private final DType type;
    private final JsonObject json;
    private final Expected io;
    private final Expected trace;
    private final Denoiser transformer;

    /** What differs between families in the golden files. */
    public interface Family {

        /** Loads the transformer in a folder. */
        Denoiser load(Path folder, DType type);

        /** The timesteps, in 0..1000. */
        float[] timesteps(Expected io);

        /** Latents as the file holds them, from pictures. */
        NDArray toGolden(NDArray latents);

        /** Pictures, from what the file holds. */
        NDArray fromGolden(NDArray latents, Expected io);
    }

    TransformerCase(Path folder, Family family, DType type) {
        this.family = family;
        this.type = type;
        this.json = Golden.json(folder.resolve("case.json"));
        this.io = Expected.open(folder.resolve("io.safetensors"));
        this.trace = Expected.open(folder.resolve("trace.safetensors"));
        this.transformer = family.load(folder.resolve("transformer"), type);
    }

    /** Returns the transformer. */
    public Denoiser transformer() {
        return transformer;
    }

    /** Returns the recorded activations. */
    public Expected trace() {
        return trace;
    }

    /** Returns what the case says of itself. */
    public JsonObject json() {
        return json;
    }

    /** Returns the latents, as pictures. */
    public NDArray latents() {
        return picture("hidden_states");
    }

    /** Returns the gradient that flows into the velocity. */
    public NDArray direction() {
        return picture("direction");
    }

    private NDArray picture(String name) {
        return Tensors.cast(family.fromGolden(io.get(name), io), type);
    }

    /** Returns the timesteps, one a sample. */
    public float[] timesteps() {
        return family.timesteps(io);
    }

    /** Returns the prompts. */
    public Conditioning conditioning() {
        Conditioning plain =
                new Conditioning(
                        Tensors.cast(io.get("encoder_hidden_states"), type),
                        Tensors.cast(io.get("pooled_projections"), type));
        return io.names().contains("guidance") ? plain.withGuidance(io.floats("guidance")) : plain;
    }

    /** Prepares the field outside any graph. */
    public PreparedDenoiser field() {
        return Autograd.in(
                Mode.NO_GRADIENT,
                () -> transformer.prepare(conditioning(), new float[][] {timesteps()}));
    }

    /** Computes the velocity and its gradients by one graph, in the order of {@link #RESULTS}. */
    public List<NDArray> wholeGraph(Conditioning conditioning, float[] timesteps) {
        NDArray x = Autograd.leaf(latents());
        NDArray text = Autograd.leaf(conditioning.tokens());
        NDArray pooled = Autograd.leaf(conditioning.pooled());
        NDArray velocity =
                transformer.predict(
                        x,
                        timesteps,
                        new Conditioning(
                                text, pooled, conditioning.guidance(), conditioning.sizes()));
        List<NDArray> results = new ArrayList<>(List.of(family.toGolden(velocity)));
        Autograd.gradients(velocity, direction(), List.of(x, text, pooled))
                .forEach(gradient -> results.add(gradient.orElseThrow()));
        results.set(1, family.toGolden(results.get(1)));
        return results;
    }

    /** Asserts that a picture equals the result of that name. */
    public void assertPicture(String name, NDArray actual) {
        assertClose(name, family.toGolden(actual));
    }

    /** Asserts that a tensor equals the result of that name. */
    public void assertClose(String name, NDArray actual) {
        io.assertClose(name, actual, tolerance(name));
    }

    /** Returns the absolute tolerance of a result. */
    public double tolerance(String name) {
        return json.getAsJsonObject("tolerances")
                .getAsJsonObject(name)
                .get("suggested_abs_tolerance")
                .getAsDouble();
    }

    /** Returns the values of a result. */
    public float[] expected(String name) {
        return io.floats(name);
    }

    @Override
    public void close() {
        trace.close();
        io.close();
        transformer.close();
        scope.close();
    }
}
