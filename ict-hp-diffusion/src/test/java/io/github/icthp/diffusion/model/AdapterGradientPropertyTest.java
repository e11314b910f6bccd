package io.github.icthp.diffusion.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;

import io.github.icthp.diffusion.flux.FluxConfig;
import io.github.icthp.diffusion.flux.FluxTransformer;
import io.github.icthp.diffusion.sd3.Sd3Config;
import io.github.icthp.diffusion.sd3.Sd3Transformer;
import io.github.icthp.diffusion.unet.UNet;
import io.github.icthp.diffusion.unet.UNetConfig;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.RandomWeights;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Parameters.Memory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Gradients block by block are those of the whole graph, and a field is its steps. A UNet's norms
 * over few values amplify the rounding of tensors whose gradient nearly vanishes.
 */
class AdapterGradientPropertyTest {

    private static final float[] TIMESTEPS = {900, 500, 40};

    private TensorScope scope;

    @BeforeEach
    void open() {
        scope = TensorScope.open(Devices.tested());
    }

    @AfterEach
    void close() {
        scope.close();
    }

    /** Widths of 64 go through the fast layers, others through the plain ones. */
    private static Denoiser load(String family, int headWidth, DType type) {
        if (family.equals("sd3")) {
            Sd3Config config =
                    new Sd3Config(
                            3, 2, headWidth, 4, 2, 64, 48, 8, true, ImmutableSortedSet.of(0, 2));
            return Sd3Transformer.load(
                    config,
                    RandomWeights.of(Sd3Transformer.shapes(config), 5),
                    Devices.tested(),
                    type,
                    Memory.OWNED);
        }
        if (family.equals("unet")) {
            return unet(headWidth, type);
        }
        ImmutableList<Integer> axes = ImmutableList.of(2, headWidth / 2 - 2, headWidth / 2);
        FluxConfig config = new FluxConfig(2, 2, 2, headWidth, 4, 64, 48, true, axes);
        return FluxTransformer.load(
                config,
                RandomWeights.of(FluxTransformer.shapes(config), 6),
                Devices.tested(),
                type,
                Memory.OWNED);
    }

    /** Odd sizes at the smallest level, attention of two depths, both kinds of blocks. */
    private static Denoiser unet(int headWidth, DType type) {
        List<UNetConfig.Level> levels =
                List.of(
                        new UNetConfig.Level(headWidth, 1, 1, 1, false, true),
                        new UNetConfig.Level(2 * headWidth, 2, 2, 2, true, false),
                        new UNetConfig.Level(headWidth, 1, 1, 1, true, true));
        UNetConfig config =
                new UNetConfig(
                        4,
                        levels,
                        4,
                        1e-5,
                        64,
                        type == DType.FLOAT32,
                        new UNetConfig.Waves(true, 0),
                        Optional.of(new UNetConfig.Added(4, 48 + 6 * 4)));
        return UNet.load(
                config,
                RandomWeights.of(UNet.shapes(config), 7),
                Devices.tested(),
                type,
                Memory.OWNED);
    }

    private static NDArray random(DType type, long seed, double deviation, long... shape) {
        int count = 1;
        for (long dimension : shape) {
            count *= (int) dimension;
        }
        return Tensors.cast(Tensors.of(RandomWeights.values(count, seed, deviation), shape), type);
    }

    private static NDArray latents(DType type, long seed) {
        return random(type, seed, 1, 2, 4, 8, 12);
    }

    private static Conditioning conditioning(DType type) {
        return new Conditioning(random(type, 11, 1, 2, 19, 64), random(type, 12, 1, 2, 48))
                .withGuidance(3.5f)
                .withSizes(List.of(PictureSizes.of(96, 64)));
    }

    private static Map<String, LinearAdapter> adapters(
            Denoiser transformer, Predicate<String> paths, boolean trained) {
        Map<String, LinearAdapter> adapters = new LinkedHashMap<>();
        transformer
                .linears()
                .forEach(
                        (path, shape) -> {
                            if (paths.test(path)) {
                                adapters.put(path, adapter(path, shape, trained));
                            }
                        });
        return adapters;
    }

    private static LinearAdapter adapter(String path, LinearShape shape, boolean trained) {
        DType type = DType.FLOAT32;
        NDArray a = random(type, path.hashCode(), 0.2, 3, shape.in());
        NDArray b = random(type, ~path.hashCode(), 0.2, shape.out(), 3);
        return trained
                ? new LinearAdapter(Autograd.leaf(a), Autograd.leaf(b), 0.5)
                : new LinearAdapter(a, b, 0.5);
    }

    private static PreparedDenoiser field(Denoiser transformer, DType type) {
        return Autograd.in(
                Mode.NO_GRADIENT, () -> transformer.prepare(conditioning(type), TIMESTEPS));
    }

    @ParameterizedTest
    @CsvSource({
        "sd3, 12, FLOAT32, 2e-6",
        "sd3, 64, FLOAT32, 2e-6",
        "sd3, 64, BFLOAT16, 2e-2",
        "flux, 12, FLOAT32, 2e-6",
        "flux, 64, FLOAT32, 2e-6",
        "flux, 64, BFLOAT16, 2e-2",
        "unet, 12, FLOAT32, 2e-4",
        "unet, 64, FLOAT32, 2e-4",
        "unet, 64, BFLOAT16, 2e-2"
    })
    void blockByBlockEqualsTheWholeGraph(
            String family, int headWidth, DType type, double tolerance) {
        assertBlockByBlock(
                family,
                headWidth,
                type,
                path -> path.matches(".*blocks.*|norm_out.*|proj_out"),
                tolerance);
    }

    @ParameterizedTest
    @CsvSource({
        "sd3, 12, FLOAT32, 2e-6, .*embed.*",
        "sd3, 64, FLOAT32, 2e-6, .*embed.*|.*blocks.1.attn.*",
        "sd3, 64, BFLOAT16, 2e-2, .*embed.*|.*blocks.1.attn.*",
        "flux, 12, FLOAT32, 2e-6, .*embed.*",
        "flux, 64, FLOAT32, 2e-6, .*embed.*|.*blocks.1.attn.*",
        "flux, 64, BFLOAT16, 2e-2, .*embed.*|.*blocks.1.attn.*",
        "sd3, 12, FLOAT32, 2e-6, time_text_embed.*",
        "flux, 12, FLOAT32, 2e-6, time_text_embed.guidance.*",
        "sd3, 12, FLOAT32, 2e-6, context_embedder",
        "flux, 12, FLOAT32, 2e-6, x_embedder",
        "unet, 12, FLOAT32, 1e-5, .*time_embedding.*|add_embedding.*",
        "unet, 12, FLOAT32, 1e-5, time_embedding.linear_1|.*up_blocks.1.*proj",
        "unet, 12, FLOAT32, 1e-5, conv_in|.*downsamplers.*",
        "unet, 12, FLOAT32, 1e-5, conv_out"
    })
    void embeddingsOfPicturesTextAndTimeAreTrainedToo(
            String family, int headWidth, DType type, double tolerance, String paths) {
        assertBlockByBlock(family, headWidth, type, path -> path.matches(paths), tolerance);
    }

    /**
     * In float32 the way block by block gives the whole graph's gradients. In bfloat16 both round
     * on their own, most where a matrix's gradients nearly cancel. So all gradients together must
     * be the whole graph's, and each matrix's as near to float32's as the whole graph is, up to a
     * factor of two and the tolerance of the largest element.
     */
    private void assertBlockByBlock(
            String family, int headWidth, DType type, Predicate<String> paths, double tolerance) {
        Map<String, float[]> whole = wholeGraph(family, headWidth, type, paths);
        Map<String, float[]> exact =
                type == DType.FLOAT32 ? whole : wholeGraph(family, headWidth, DType.FLOAT32, paths);
        try (Denoiser transformer = load(family, headWidth, type);
                PreparedDenoiser field = field(transformer, type)) {
            transformer.adapt(adapters(transformer, paths, true));
            try (DenoiserPass pass = field.pass(1, latents(type, 1), true)) {
                Map<String, NDArray> parts = new LinkedHashMap<>();
                Optional<NDArray> flow =
                        pass.backward(
                                latents(type, 2),
                                (name, gradient) -> {
                                    assertThat(Tensors.dtype(gradient)).isEqualTo(DType.FLOAT32);
                                    parts.put(name, gradient);
                                });
                parts.put("latents", flow.orElseThrow());
                parts.put("velocity", pass.prediction());
                assertThat(parts.keySet()).isEqualTo(whole.keySet());
                double squares = 0;
                double differences = 0;
                for (Map.Entry<String, NDArray> part : parts.entrySet()) {
                    String name = part.getKey();
                    float[] got = Tensors.toFloats(part.getValue());
                    float[] expected = exact.get(name);
                    double allowed =
                            tolerance * Math.max(1e-6, largest(expected))
                                    + 2 * distance(whole.get(name), expected);
                    Expected.assertClose(name, got, expected, allowed);
                    for (int i = 0; i < got.length; i++) {
                        double value = whole.get(name)[i];
                        squares += value * value;
                        differences += (got[i] - value) * (got[i] - value);
                    }
                }
                assertThat(Math.sqrt(differences / squares)).isLessThanOrEqualTo(tolerance);
            }
        }
    }

    /** The gradients of the adapters' matrices and of the latents, and the prediction. */
    private static Map<String, float[]> wholeGraph(
            String family, int headWidth, DType type, Predicate<String> paths) {
        try (Denoiser transformer = load(family, headWidth, type);
                PreparedDenoiser field = field(transformer, type)) {
            transformer.adapt(adapters(transformer, paths, true));
            NDArray x = Autograd.leaf(latents(type, 1));
            Map<String, NDArray> inputs = new LinkedHashMap<>();
            transformer
                    .adapters()
                    .forEach(
                            (path, adapter) -> {
                                inputs.put(path + LinearAdapter.A_SUFFIX, adapter.a());
                                inputs.put(path + LinearAdapter.B_SUFFIX, adapter.b());
                            });
            inputs.put("latents", x);
            NDArray velocity = field.predict(1, x);
            List<Optional<NDArray>> gradients =
                    Autograd.gradients(velocity, latents(type, 2), List.copyOf(inputs.values()));
            Map<String, float[]> whole = new LinkedHashMap<>();
            List<String> names = List.copyOf(inputs.keySet());
            for (int i = 0; i < names.size(); i++) {
                whole.put(names.get(i), Tensors.toFloats(gradients.get(i).orElseThrow()));
            }
            whole.put("velocity", Tensors.toFloats(velocity));
            return whole;
        }
    }

    private static double largest(float[] values) {
        return distance(values, new float[values.length]);
    }

    private static double distance(float[] values, float[] others) {
        double largest = 0;
        for (int i = 0; i < values.length; i++) {
            largest = Math.max(largest, Math.abs(values[i] - (double) others[i]));
        }
        return largest;
    }

    @ParameterizedTest
    @ValueSource(strings = {"sd3", "flux", "unet"})
    void lateAdaptersNeedNoEarlyBlocks(String family) {
        DType type = DType.FLOAT32;
        try (Denoiser transformer = load(family, 12, type);
                PreparedDenoiser field = field(transformer, type)) {
            String last =
                    Map.of(
                                    "sd3", "transformer_blocks.2",
                                    "flux", "single_transformer_blocks.1",
                                    "unet", "up_blocks.2.resnets.1")
                            .get(family);
            transformer.adapt(adapters(transformer, path -> path.startsWith(last), true));
            try (DenoiserPass pass = field.pass(0, latents(type, 1), false)) {
                Map<String, NDArray> gradients = new LinkedHashMap<>();
                assertThat(pass.backward(latents(type, 2), gradients::put)).isEmpty();
                assertThat(gradients)
                        .hasSize(2 * transformer.adapters().size())
                        .allSatisfy((name, value) -> assertThat(name).startsWith(last));
            }
            Map<String, LinearAdapter> untrained = adapters(transformer, path -> true, false);
            transformer.adapt(untrained);
            try (DenoiserPass pass = field.pass(0, latents(type, 1), true)) {
                Map<String, NDArray> gradients = new LinkedHashMap<>();
                assertThat(pass.backward(latents(type, 2), gradients::put)).isPresent();
                assertThat(gradients).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "sd3, 12, false",
        "sd3, 64, true",
        "flux, 12, false",
        "flux, 64, true",
        "unet, 12, false",
        "unet, 64, true"
    })
    void aFieldIsItsStepsHoweverComputed(String family, int headWidth, boolean packed) {
        DType type = DType.FLOAT32;
        try (Denoiser transformer = load(family, headWidth, type)) {
            NDArray base = alone(transformer, Mode.GRADIENT);
            transformer.adapt(adapters(transformer, path -> path.contains("to_"), false));
            NDArray adapted = alone(transformer, Mode.GRADIENT);
            if (packed) {
                transformer.pack();
            }
            for (Mode mode : Mode.values()) {
                assertClose("alone", alone(transformer, mode), adapted, 1e-6);
                try (PreparedDenoiser field = field(transformer, type)) {
                    assertClose(
                            "step",
                            Autograd.in(mode, () -> field.predict(2, latents(type, 1))),
                            adapted,
                            1e-6);
                    assertClose(
                            "base",
                            Adapters.disabled(
                                    () ->
                                            Autograd.in(
                                                    mode,
                                                    () -> field.predict(2, latents(type, 1)))),
                            base,
                            1e-6);
                }
            }
            transformer.adapt(Map.of());
            assertClose("removed", alone(transformer, Mode.INFERENCE), base, 1e-6);
        }
    }

    private static NDArray alone(Denoiser transformer, Mode mode) {
        DType type = DType.FLOAT32;
        return Autograd.in(
                mode,
                () ->
                        transformer.predict(
                                latents(type, 1), new float[] {TIMESTEPS[2]}, conditioning(type)));
    }

    @ParameterizedTest
    @CsvSource({
        "sd3, .*norm.*",
        "flux, .*norm.*",
        "sd3, time_text_embed.*",
        "flux, time_text_embed.*",
        "sd3, context_embedder",
        "flux, context_embedder",
        "sd3, pos_embed.proj",
        "flux, x_embedder",
        "unet, .*time_emb.*",
        "unet, add_embedding.*",
        "unet, conv_in"
    })
    void whatDoesNotDependOnLatentsFollowsItsAdapters(String family, String paths) {
        DType type = DType.FLOAT32;
        try (Denoiser transformer = load(family, 12, type);
                PreparedDenoiser field = field(transformer, type)) {
            NDArray base = field.predict(2, latents(type, 1));
            transformer.adapt(adapters(transformer, path -> path.matches(paths), false));
            NDArray adapted = field.predict(2, latents(type, 1));
            assertClose("adapted", adapted, alone(transformer, Mode.INFERENCE), 1e-6);
            assertThat(Tensors.toFloats(adapted)).isNotEqualTo(Tensors.toFloats(base));
            NDArray off = Adapters.disabled(() -> field.predict(2, latents(type, 1)));
            assertClose("disabled", off, base, 1e-6);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sd3", "flux", "unet"})
    void orderOfTheBatchDoesNotMatter(String family) {
        DType type = DType.FLOAT32;
        try (Denoiser transformer = load(family, 12, type)) {
            Conditioning both = conditioning(type);
            NDArray x = latents(type, 1);
            float[] timesteps = {700, 30};
            NDArray velocity = transformer.predict(x, timesteps, both);
            for (int i = 0; i < 2; i++) {
                String row = i + ":" + (i + 1);
                Conditioning one =
                        new Conditioning(both.tokens().get(row), both.pooled().get(row))
                                .withGuidance(3.5f)
                                .withSizes(both.sizes());
                NDArray alone = transformer.predict(x.get(row), new float[] {timesteps[i]}, one);
                assertClose("sample " + i, alone, velocity.get(row), 2e-6);
            }
        }
    }

    @Test
    void refusesAdaptersThatDoNotFit() {
        try (Denoiser transformer = load("sd3", 12, DType.FLOAT32)) {
            LinearAdapter adapter = adapter("x", new LinearShape(5, 7), false);
            assertThatThrownBy(() -> transformer.adapt(Map.of("no.such.layer", adapter)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("[no.such.layer]");
            String path = "transformer_blocks.0.attn.to_q";
            assertThatThrownBy(() -> transformer.adapt(Map.of(path, adapter)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(path)
                    .hasMessageContaining("in=24, out=24")
                    .hasMessageContaining("in=5, out=7");
        }
    }

    private static void assertClose(
            String name, NDArray actual, NDArray expected, double tolerance) {
        assertThat(actual.getShape()).as(name).isEqualTo(expected.getShape());
        float[] wanted = Tensors.toFloats(expected);
        double largest = 1e-6;
        for (float value : wanted) {
            largest = Math.max(largest, Math.abs(value));
        }
        Expected.assertClose(name, Tensors.toFloats(actual), wanted, tolerance * largest);
    }
}
