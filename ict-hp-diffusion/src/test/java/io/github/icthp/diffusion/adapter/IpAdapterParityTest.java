package io.github.icthp.diffusion.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.clip.ClipImageEncoder;
import io.github.icthp.diffusion.model.DenoiserPass;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.diffusion.model.PreparedDenoiser;
import io.github.icthp.diffusion.unet.UNet;
import io.github.icthp.diffusion.unet.UNetConfig;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * IP-Adapters, plain and Plus, against diffusers: features, tokens, predictions at every scale,
 * gradients, exchanged encoders; names and shapes of the published files. Every case of the area is
 * run.
 */
class IpAdapterParityTest {

    private static final String AREA = "unet/ip_adapter";

    @TempDir Path temporary;

    private Stream<DynamicTest> cases(Consumer<IpAdapterCase> check) {
        return Golden.cases(AREA).stream()
                .map(
                        folder ->
                                DynamicTest.dynamicTest(
                                        folder.getFileName().toString(),
                                        () -> {
                                            try (IpAdapterCase c =
                                                    new IpAdapterCase(folder, temporary)) {
                                                check.accept(c);
                                            }
                                        }));
    }

    @TestFactory
    Stream<DynamicTest> everythingExpected() {
        return cases(IpAdapterParityTest::checkExpected);
    }

    private static void checkExpected(IpAdapterCase c) {
        try (Expected expected = c.open("expected.safetensors");
                ClipImageEncoder encoder =
                        ClipImageEncoder.load(c.encoder(), Devices.tested(), DType.FLOAT32)) {
            NDArray both = c.adapter().features(encoder, c.input("pixel_values"));
            c.assertClose(expected, "image_features", both);
            c.assertClose(expected, "tokens", c.adapter().tokens(both));
            checkUnconditional(c, expected, encoder);
            NDArray one = c.adapter().features(encoder, c.input("pixel_values").get("0:1"));
            NDArray tokens = c.adapter().tokens(one);
            for (String scale : c.json().getAsJsonObject("scales").keySet()) {
                c.assertClose(expected, "output." + scale, c.predict(tokens, c.scale(scale)));
            }
            StyleScale full = c.scale("scale_1");
            c.assertClose(expected, "output.uncond", c.predict(c.unconditional(encoder), full));
            NDArray joined = IpAdapter.PROGRAM.call("joined", c.adapter().tokens(both));
            c.assertClose(expected, "output.two_images", c.predict(joined, full));
            checkGradients(c, expected, one);
            assertThat(c.checked()).isEqualTo(expected.names());
        }
    }

    private static void checkUnconditional(
            IpAdapterCase c, Expected expected, ClipImageEncoder encoder) {
        NDArray tokens = c.unconditional(encoder);
        c.assertClose(expected, "uncond_tokens", tokens);
        boolean plus = c.json().get("kind").getAsString().equals("plus");
        NDArray features =
                plus
                        ? c.adapter().features(encoder, encoder.zeroPixels())
                        : expected.get("uncond_image_features").mul(0);
        c.assertClose(expected, "uncond_image_features", features);
    }

    private static void checkGradients(IpAdapterCase c, Expected expected, NDArray features) {
        NDArray x = Autograd.leaf(c.input("sample"));
        NDArray leaf = Autograd.leaf(features);
        NDArray output =
                c.unet()
                        .predict(
                                x,
                                c.timesteps(),
                                c.told(c.adapter().tokens(leaf), c.scale("scale_1")));
        var found = Autograd.gradients(output, c.input("direction"), List.of(x, leaf));
        c.assertClose(expected, "grad_sample", found.get(0).orElseThrow());
        c.assertClose(expected, "grad_image_features", found.get(1).orElseThrow());
    }

    /** One block after the other, as DRaFT-K goes back. */
    @TestFactory
    Stream<DynamicTest> blockByBlock() {
        return cases(
                c -> {
                    try (Expected expected = c.open("expected.safetensors");
                            ClipImageEncoder encoder =
                                    ClipImageEncoder.load(
                                            c.encoder(), Devices.tested(), DType.FLOAT32);
                            PreparedDenoiser field = field(c, encoder);
                            DenoiserPass pass = field.pass(0, c.input("sample"), true)) {
                        c.assertClose(expected, "output.scale_1", pass.prediction());
                        c.assertClose(
                                expected,
                                "grad_sample",
                                pass.backward(c.input("direction"), (name, gradient) -> {})
                                        .orElseThrow());
                    }
                });
    }

    private static PreparedDenoiser field(IpAdapterCase c, ClipImageEncoder encoder) {
        return Autograd.in(
                Mode.NO_GRADIENT,
                () -> {
                    NDArray one = c.input("pixel_values").get("0:1");
                    NDArray tokens = c.adapter().tokens(c.adapter().features(encoder, one));
                    return c.unet()
                            .prepare(
                                    c.told(tokens, c.scale("scale_1")),
                                    new float[][] {c.timesteps()});
                });
    }

    @TestFactory
    Stream<DynamicTest> exchangedEncoders() {
        return cases(c -> c.swaps().forEach(name -> checkSwap(c, name)));
    }

    private static void checkSwap(IpAdapterCase c, String name) {
        c.checked().clear();
        try (Expected expected = c.open("swap_" + name + ".safetensors");
                ClipImageEncoder encoder =
                        ClipImageEncoder.load(c.swap(name), Devices.tested(), DType.FLOAT32)) {
            NDArray both = c.adapter().features(encoder, c.input("pixel_values"));
            c.assertClose(expected, name, "image_features", both);
            c.assertClose(expected, name, "tokens", c.adapter().tokens(both));
            c.assertClose(expected, name, "uncond_tokens", c.unconditional(encoder));
            NDArray one = c.adapter().features(encoder, c.input("pixel_values").get("0:1"));
            c.assertClose(
                    expected,
                    name,
                    "output.scale_1",
                    c.predict(c.adapter().tokens(one), c.scale("scale_1")));
            assertThat(c.checked()).isEqualTo(expected.names());
        }
    }

    /** Pictures as files, and the encoder that is found beside the adapter. */
    @TestFactory
    Stream<DynamicTest> picturesAndTheEncoderBeside() {
        return cases(
                c -> {
                    assertThat(c.opened().encoder().weights().toAbsolutePath().normalize())
                            .isEqualTo(c.encoder().weights().toAbsolutePath().normalize());
                    try (ClipImageEncoder encoder =
                            ClipImageEncoder.load(c.encoder(), Devices.tested(), DType.FLOAT32)) {
                        NDArray pixels =
                                encoder.pixels(List.of(c.picture(0).input(), c.picture(1).input()));
                        Expected.assertClose(
                                "pixel_values",
                                Tensors.toFloats(pixels),
                                Tensors.toFloats(c.input("pixel_values")),
                                1e-5);
                    }
                });
    }

    @TestFactory
    Stream<DynamicTest> scalesOfEveryAttentionAndTheirOrder() {
        return cases(
                c -> {
                    assertThat(Attentions.of(c.unet().linears()).paths())
                            .isEqualTo(order(c.json()));
                    JsonObject tables = c.json().getAsJsonObject("scale_per_attention");
                    tables.keySet()
                            .forEach(
                                    name ->
                                            checkScales(
                                                    c.scale(name), tables.getAsJsonObject(name)));
                });
    }

    private static void checkScales(StyleScale scale, JsonObject expected) {
        for (String attention : expected.keySet()) {
            assertThat(scale.of(attention))
                    .as(attention)
                    .isEqualTo(expected.get(attention).getAsDouble());
        }
    }

    private static List<String> order(JsonObject json) {
        return json.getAsJsonArray("attention_order").asList().stream()
                .map(pair -> pair.getAsJsonArray().get(1).getAsString())
                .toList();
    }

    @TestFactory
    Stream<DynamicTest> everyFormatHoldsTheSame() {
        return cases(
                c -> {
                    StyleScale full = StyleScale.of(1);
                    for (Path file : c.adapterFiles()) {
                        try (IpAdapter other = c.load(file)) {
                            c.adapter()
                                    .layers(full)
                                    .forEach(
                                            (path, layer) -> {
                                                var same = other.layers(full).get(path);
                                                assertThat(Tensors.toFloats(same.key()))
                                                        .isEqualTo(Tensors.toFloats(layer.key()));
                                                assertThat(Tensors.toFloats(same.value()))
                                                        .isEqualTo(Tensors.toFloats(layer.value()));
                                            });
                        }
                    }
                });
    }

    /** The published adapters' names, shapes and order, without their weights. */
    @TestFactory
    Stream<DynamicTest> publishedAdapters() {
        JsonObject all =
                Golden.json(Golden.facts("unet/real_size").resolve("ip_adapter_names.json"));
        return Golden.some("published adapters", all.entrySet().stream())
                .map(
                        entry ->
                                DynamicTest.dynamicTest(
                                        entry.getKey(),
                                        () ->
                                                checkPublished(
                                                        entry.getKey(),
                                                        entry.getValue().getAsJsonObject())));
    }

    private static void checkPublished(String name, JsonObject published) {
        UNetConfig config = name.contains("sdxl") ? UNetConfig.sdxl() : UNetConfig.sd15();
        Map<String, LinearShape> linears = UNet.linears(config);
        assertThat(Attentions.of(linears).paths()).isEqualTo(order(published));
        Map<String, Shape> shapes = new LinkedHashMap<>();
        published
                .getAsJsonObject("tensors")
                .entrySet()
                .forEach(e -> shapes.put(e.getKey(), shape(e.getValue())));
        TensorScope.run(Devices.tested(), () -> IpAdapter.check(shapes, linears, name));
        AdapterShape shape = AdapterShape.of(shapes, name);
        assertThat(shape.kind() == AdapterShape.Kind.PLUS).isEqualTo(name.contains("plus"));
    }

    private static Shape shape(JsonElement dimensions) {
        return new Shape(
                dimensions.getAsJsonArray().asList().stream()
                        .mapToLong(JsonElement::getAsLong)
                        .toArray());
    }
}
