package io.github.icthp.diffusion.lora;

import io.github.icthp.diffusion.original.OriginalLayer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Finds a transformer's layers by what adapter files call them. */
final class LayerNames {

    /** What may stand before a layer's own path. */
    private static final List<String> PREFIXES =
            List.of("transformer.", "base_model.model.", "diffusion_model.", "unet.");

    /** What may stand before a layer's path with underscores for dots. */
    private static final List<String> FLAT_PREFIXES =
            List.of("lora_unet_", "lora_transformer_", "lycoris_");

    private final Map<String, OriginalLayer> byPath = new HashMap<>();
    private final Map<String, OriginalLayer> byFlatName = new HashMap<>();

    /**
     * Knows a transformer's layers.
     *
     * @param linears their paths
     */
    LayerNames(Set<String> linears) {
        new OriginalLayers(linears).layers().forEach(this::add);
        linears.forEach(path -> add(new OriginalLayer(path, List.of(path), false)));
    }

    private void add(OriginalLayer layer) {
        byPath.put(layer.name(), layer);
        byFlatName.put(layer.name().replace('.', '_'), layer);
    }

    /** Returns the layer of a module in a file: of several parts if it is a joined one. */
    Optional<OriginalLayer> find(String module) {
        for (String prefix : FLAT_PREFIXES) {
            if (module.startsWith(prefix)) {
                return Optional.ofNullable(byFlatName.get(module.substring(prefix.length())));
            }
        }
        String path = module;
        for (String prefix : PREFIXES) {
            if (path.startsWith(prefix)) {
                path = path.substring(prefix.length());
            }
        }
        return Optional.ofNullable(byPath.get(path));
    }
}
