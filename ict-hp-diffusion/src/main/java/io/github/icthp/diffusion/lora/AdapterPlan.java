package io.github.icthp.diffusion.lora;

import io.github.icthp.diffusion.lora.UnappliedTensors.Kind;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.diffusion.model.OriginalLayer;
import io.github.icthp.weights.WeightsFormatException;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Which adapters of a file go to which layers of a pipeline. Nothing but names is read. */
final class AdapterPlan {

    /** A file's adapter and the layer it is for. */
    record Placement(LoraModule module, ModuleName name, OriginalLayer layer) {}

    /** Layers without a bias: one of a text encoder, and three of a UNet's attentions. */
    private static final Pattern UNBIASED =
            Pattern.compile("text_projection|.*\\.transformer_blocks\\.\\d+\\.attn\\d\\.to_[qkv]");

    private final LoraFile file;
    private final AdaptableLayers layers;
    private final List<Placement> placements = new ArrayList<>();
    private final List<LoraModule> left = new ArrayList<>();
    private final Map<String, LayerNames> names = new HashMap<>();

    /** Finds every adapter's layer. */
    AdapterPlan(LoraFile file, AdaptableLayers layers) {
        this.file = file;
        this.layers = layers;
        Optional<String> unnamed = textEncoderOfList();
        for (LoraModule module : file.modules()) {
            ModuleName name =
                    unnamed.map(encoder -> new ModuleName(encoder, module.name(), false))
                            .orElseGet(module::place);
            Optional<OriginalLayer> layer =
                    names.computeIfAbsent(name.component(), this::names).find(name);
            if (layer.isPresent()) {
                placements.add(new Placement(module, name, layer.get()));
            } else {
                left.add(module);
            }
        }
    }

    /**
     * Finds the text encoder that a list without names is for. A list says no more than how many
     * layers it has; a UNet's count goes first.
     */
    private Optional<String> textEncoderOfList() {
        int count = file.modules().size();
        boolean list = file.content().isList();
        if (!list || !NumberedLayers.ofUNet(layers.transformer().keySet(), count).isEmpty()) {
            return Optional.empty();
        }
        return layers.textEncoders().entrySet().stream()
                .filter(e -> NumberedLayers.ofTextEncoder(e.getValue().keySet()).size() == count)
                .map(Map.Entry::getKey)
                .sorted()
                .findFirst();
    }

    private LayerNames names(String component) {
        Set<String> linears = layers.of(component).keySet();
        if (!component.equals(ModuleName.TRANSFORMER)) {
            return LayerNames.ofTextEncoder(linears)
                    .numbered(component, NumberedLayers.ofTextEncoder(linears));
        }
        long count =
                file.modules().stream()
                        .filter(module -> module.place().component().equals(component))
                        .count();
        return LayerNames.ofTransformer(linears)
                .numbered(ModuleName.UNET, NumberedLayers.ofUNet(linears, (int) count));
    }

    /**
     * Checks that there is something to apply, and that it fits.
     *
     * @throws WeightsFormatException if not
     */
    AdapterPlan check() {
        List<String> problems =
                placements.stream().map(this::problem).filter(Objects::nonNull).toList();
        if (!problems.isEmpty()) {
            throw new WeightsFormatException(
                    file.source()
                            + ": the adapter does not fit this model: "
                            + String.join("; ", problems));
        }
        if (placements.isEmpty()) {
            throw new WeightsFormatException(
                    String.format(
                            Locale.ROOT,
                            "%s: none of its %d adapters belongs to a layer of this transformer, so"
                                    + " it would change nothing; its first is on %s, the transformer's"
                                    + " first layer is %s (not applied: %s)",
                            file.source(),
                            file.modules().size(),
                            file.modules().get(0).name(),
                            layers.transformer().keySet().iterator().next(),
                            unapplied()));
        }
        return this;
    }

    private @Nullable String problem(Placement placement) {
        LoraModule module = placement.module();
        LinearShape expected = shape(placement);
        if (!module.shape().fits(expected)) {
            return module.name() + " is for " + module.shape() + ", the layer is " + expected;
        }
        boolean biased = module.bias().isPresent();
        return biased && isUnbiased(placement)
                ? module.name() + " has a bias, the layer has none"
                : null;
    }

    private boolean isUnbiased(Placement placement) {
        boolean denoiser = placement.name().component().equals(ModuleName.TRANSFORMER);
        return (!denoiser || ModuleName.isUNet(layers.transformer().keySet()))
                && UNBIASED.matcher(placement.layer().parts().get(0)).matches();
    }

    private LinearShape shape(Placement placement) {
        Map<String, LinearShape> linears = layers.of(placement.name().component());
        List<String> parts = placement.layer().parts();
        long out = parts.stream().mapToLong(path -> linears.get(path).out()).sum();
        return new LinearShape(linears.get(parts.get(0)).in(), out);
    }

    /** The adapters of one part of the pipeline. */
    List<Placement> of(String component) {
        return placements.stream().filter(p -> p.name().component().equals(component)).toList();
    }

    /** What in the file is left over. */
    UnappliedTensors unapplied() {
        return file.content()
                .others()
                .with(Kind.TEXT_ENCODER, tensors(left.stream().filter(AdapterPlan::isText)))
                .with(Kind.LAYER, tensors(left.stream().filter(m -> !isText(m))));
    }

    private static boolean isText(LoraModule module) {
        return module.place().isText();
    }

    private List<String> tensors(Stream<LoraModule> modules) {
        return modules.flatMap(module -> file.content().tensors(module).stream()).toList();
    }
}
