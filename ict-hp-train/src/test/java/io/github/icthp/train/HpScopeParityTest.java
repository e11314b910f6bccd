package io.github.icthp.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.clip.ClipConfig;
import io.github.icthp.clip.EncoderConfig;
import io.github.icthp.testing.Golden;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What the HP phase trains: golden file training/scopes.json. */
class HpScopeParityTest {

    private static final String LAYERS = "vision_model.encoder.layers.";

    @TestFactory
    Stream<DynamicTest> everyModel() {
        JsonObject scopes = Golden.json(Golden.facts("training/scopes.json"));
        return Golden.some(
                        "models with scopes",
                        scopes.entrySet().stream().filter(entry -> entry.getValue().isJsonObject()))
                .map(
                        entry ->
                                DynamicTest.dynamicTest(
                                        entry.getKey(),
                                        () -> check(entry.getValue().getAsJsonObject())));
    }

    private static void check(JsonObject model) {
        int layers = model.get("vision_layers").getAsInt();
        Set<String> expected = Set.copyOf(strings(model, "backbone_trainable"));
        Set<String> ofLayers =
                expected.stream()
                        .filter(name -> name.startsWith(LAYERS))
                        .map(name -> name.replaceFirst("layers\\.\\d+\\.", "layers.#."))
                        .collect(Collectors.toSet());
        assertThat(ofLayers).isNotEmpty();
        Stream<String> everyLayer =
                IntStream.range(0, layers)
                        .boxed()
                        .flatMap(i -> ofLayers.stream().map(name -> name.replace("#", "" + i)));
        Stream<String> all =
                Stream.of(
                                everyLayer,
                                expected.stream(),
                                strings(model, "also_left_unfrozen_by_released_code").stream())
                        .flatMap(names -> names);
        ClipConfig config = config(layers);
        assertThat(all.filter(name -> HpScope.LATTER_HALF.trains(name, config)))
                .allMatch(expected::contains);
        assertThat(expected).allMatch(name -> HpScope.LATTER_HALF.trains(name, config));
    }

    private static List<String> strings(JsonObject model, String name) {
        return model.getAsJsonArray(name).asList().stream().map(JsonElement::getAsString).toList();
    }

    private static ClipConfig config(int layers) {
        ClipConfig h = ClipConfig.vitH14();
        EncoderConfig v = h.vision();
        return new ClipConfig(
                h.text(),
                h.vocabulary(),
                h.positions(),
                h.endToken(),
                new EncoderConfig(
                        v.width(),
                        v.mlpWidth(),
                        layers,
                        v.heads(),
                        v.activation(),
                        v.layerNormEps()),
                h.imageSize(),
                h.patchSize(),
                h.projection());
    }
}
