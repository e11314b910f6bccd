package io.github.icthp.diffusion.lora;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The layers of a transformer in the layout of the authors' own code (mmditx.py of Stability AI,
 * flux/model.py of Black Forest Labs), where one layer may be several of diffusers'.
 */
final class OriginalLayers {

    /**
     * A layer of diffusers' that is part of an original one.
     *
     * @param path its path
     * @param swapped whether its outputs are shift and scale in the other order
     */
    record Part(String path, boolean swapped) {}

    private static final List<String> QKV = List.of("attn.to_q", "attn.to_k", "attn.to_v");
    private static final List<String> ADDED =
            List.of("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj");
    private static final List<String> SECOND = List.of("attn2.to_q", "attn2.to_k", "attn2.to_v");

    private final Map<String, List<Part>> layers = new LinkedHashMap<>();
    private final Set<String> linears;

    /**
     * Lays out a transformer.
     *
     * @param linears the paths of its linear layers
     */
    OriginalLayers(Set<String> linears) {
        this.linears = linears;
        boolean flux = linears.stream().anyMatch(path -> path.startsWith("single_transformer"));
        for (int i = 0; has("transformer_blocks." + i); i++) {
            if (flux) {
                doubleBlock(i);
            } else {
                jointBlock(i, !has("transformer_blocks." + (i + 1)));
            }
        }
        for (int i = 0; has("single_transformer_blocks." + i); i++) {
            singleBlock(i);
        }
        add("final_layer.linear", "", List.of("proj_out"), false);
        add("final_layer.adaLN_modulation.1", "", List.of("norm_out.linear"), true);
    }

    /** Returns the original layers with their parts, in the order of the outputs. */
    Map<String, List<Part>> layers() {
        return layers;
    }

    /** Returns the paths of the layers that have a place in the original layout. */
    Set<String> paths() {
        return layers.values().stream()
                .flatMap(List::stream)
                .map(Part::path)
                .collect(Collectors.toUnmodifiableSet());
    }

    private void doubleBlock(int i) {
        String ours = "transformer_blocks." + i + ".";
        String theirs = "double_blocks." + i + ".";
        add(theirs + "img_mod.lin", ours, List.of("norm1.linear"), false);
        add(theirs + "txt_mod.lin", ours, List.of("norm1_context.linear"), false);
        add(theirs + "img_attn.qkv", ours, QKV, false);
        add(theirs + "txt_attn.qkv", ours, ADDED, false);
        add(theirs + "img_attn.proj", ours, List.of("attn.to_out.0"), false);
        add(theirs + "txt_attn.proj", ours, List.of("attn.to_add_out"), false);
        add(theirs + "img_mlp.0", ours, List.of("ff.net.0.proj"), false);
        add(theirs + "img_mlp.2", ours, List.of("ff.net.2"), false);
        add(theirs + "txt_mlp.0", ours, List.of("ff_context.net.0.proj"), false);
        add(theirs + "txt_mlp.2", ours, List.of("ff_context.net.2"), false);
    }

    private void singleBlock(int i) {
        String ours = "single_transformer_blocks." + i + ".";
        String theirs = "single_blocks." + i + ".";
        List<String> first = Stream.concat(QKV.stream(), Stream.of("proj_mlp")).toList();
        add(theirs + "linear1", ours, first, false);
        add(theirs + "linear2", ours, List.of("proj_out"), false);
        add(theirs + "modulation.lin", ours, List.of("norm.linear"), false);
    }

    private void jointBlock(int i, boolean last) {
        String ours = "transformer_blocks." + i + ".";
        String image = "joint_blocks." + i + ".x_block.";
        String text = "joint_blocks." + i + ".context_block.";
        add(image + "adaLN_modulation.1", ours, List.of("norm1.linear"), false);
        add(text + "adaLN_modulation.1", ours, List.of("norm1_context.linear"), last);
        add(image + "attn.qkv", ours, QKV, false);
        add(text + "attn.qkv", ours, ADDED, false);
        add(image + "attn.proj", ours, List.of("attn.to_out.0"), false);
        add(text + "attn.proj", ours, List.of("attn.to_add_out"), false);
        add(image + "attn2.qkv", ours, SECOND, false);
        add(image + "attn2.proj", ours, List.of("attn2.to_out.0"), false);
        add(image + "mlp.fc1", ours, List.of("ff.net.0.proj"), false);
        add(image + "mlp.fc2", ours, List.of("ff.net.2"), false);
        add(text + "mlp.fc1", ours, List.of("ff_context.net.0.proj"), false);
        add(text + "mlp.fc2", ours, List.of("ff_context.net.2"), false);
    }

    private boolean has(String block) {
        return linears.stream().anyMatch(path -> path.startsWith(block + "."));
    }

    /** Adds an original layer if the transformer has its parts. */
    private void add(String original, String prefix, List<String> names, boolean swapped) {
        List<Part> parts = new ArrayList<>();
        for (String name : names) {
            if (linears.contains(prefix + name)) {
                parts.add(new Part(prefix + name, swapped));
            }
        }
        if (parts.size() == names.size()) {
            layers.put(original, List.copyOf(parts));
        }
    }
}
