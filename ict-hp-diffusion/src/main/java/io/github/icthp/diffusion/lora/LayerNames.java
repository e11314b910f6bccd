package io.github.icthp.diffusion.lora;

import io.github.icthp.diffusion.model.OriginalLayer;
import io.github.icthp.diffusion.unet.UNetOriginalLayout;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Finds a model's layers by what adapter files call them. */
final class LayerNames {

    private static final String TEXT_MODEL = "text_model.";

    /** Diffusers' first attention processors called a text encoder's projections so. */
    private static final Map<String, String> OLD_PROJECTIONS =
            Map.of(
                    "q_proj", "to_q",
                    "k_proj", "to_k",
                    "v_proj", "to_v",
                    "out_proj", "to_out");

    private final Map<String, OriginalLayer> byPath = new HashMap<>();
    private final Map<String, OriginalLayer> byFlatName = new HashMap<>();

    private LayerNames() {}

    /** Knows the layers of a transformer, by diffusers' names, its authors', and XLabs'. */
    static LayerNames ofTransformer(Set<String> linears) {
        LayerNames names = new LayerNames();
        for (OriginalLayer layer : new OriginalLayers(linears).layers()) {
            names.add(layer.name(), layer);
            names.addXlabs(layer);
        }
        if (ModuleName.isUNet(linears)) {
            UNetOriginalLayout.of(linears)
                    .layers()
                    .forEach(layer -> names.add(layer.name(), layer));
        }
        linears.forEach(path -> names.add(path, plain(path)));
        linears.stream()
                .filter(path -> path.endsWith(".to_out.0"))
                .forEach(path -> names.add(path.substring(0, path.length() - 2), plain(path)));
        return names;
    }

    /** Knows layers by number, as {@code unet:3}, or in a list {@code 3}. */
    LayerNames numbered(String component, List<String> paths) {
        for (int i = 0; i < paths.size(); i++) {
            byPath.put(component + ":" + i, plain(paths.get(i)));
            byPath.put(String.valueOf(i), plain(paths.get(i)));
        }
        return this;
    }

    /**
     * Knows the layers of a CLIP text encoder, with and without {@code text_model.} before them.
     */
    static LayerNames ofTextEncoder(Set<String> linears) {
        LayerNames names = new LayerNames();
        for (String path : linears) {
            names.add(path, plain(path));
            names.add(TEXT_MODEL + path, plain(path));
            int last = path.lastIndexOf('.') + 1;
            String old = OLD_PROJECTIONS.get(path.substring(last));
            if (old != null) {
                names.add(path.substring(0, last) + old, plain(path));
                names.add(TEXT_MODEL + path.substring(0, last) + old, plain(path));
            }
        }
        return names;
    }

    private static OriginalLayer plain(String path) {
        return new OriginalLayer(path, List.of(path), false);
    }

    private void add(String name, OriginalLayer layer) {
        byPath.put(name, layer);
        byFlatName.put(name.replace('.', '_'), layer);
    }

    /** XLabs' trainer names an attention's projections by its processors. */
    private void addXlabs(OriginalLayer layer) {
        String[] parts = layer.name().split("\\.", 3);
        if (parts.length < 3) {
            return;
        }
        String processor = parts[0] + "." + parts[1] + ".processor.";
        switch (parts[2]) {
            case "img_attn.proj" -> byPath.put(processor + "proj_lora1", layer);
            case "txt_attn.proj" -> byPath.put(processor + "proj_lora2", layer);
            case "img_attn.qkv" -> byPath.put(processor + "qkv_lora1", layer);
            case "txt_attn.qkv" -> byPath.put(processor + "qkv_lora2", layer);
            case "linear2" -> byPath.put(processor + "proj_lora", layer);
            case "linear1" ->
                    byPath.put(
                            processor + "qkv_lora",
                            new OriginalLayer(layer.name(), layer.parts().subList(0, 3), false));
            default -> {}
        }
    }

    /** Returns the layer of a module in a file: of several parts if it is a joined one. */
    Optional<OriginalLayer> find(ModuleName module) {
        String path = module.path();
        if (module.flat()) {
            return Optional.ofNullable(byFlatName.get(path.replace('.', '_')));
        }
        OriginalLayer layer = byPath.get(path);
        return layer != null
                ? Optional.of(layer)
                : Optional.ofNullable(byPath.get(path.replace(".processor.", ".")));
    }
}
