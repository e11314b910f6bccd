package io.github.icthp.clip;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import com.google.common.collect.Sets;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TensorScope;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A layer's weights as {@code fused.torchscript} takes them. */
final class FusedLayer {

    /** A batch of eight images of 257 tokens; oneDNN picks the same layout for others near it. */
    private static final int ROWS = 2056;

    private final TensorDict layer;
    private final NDManager owner;
    private final boolean pack;
    private final Map<String, NDArray> fused = new LinkedHashMap<>();

    private FusedLayer(TensorDict layer, NDManager owner, boolean pack) {
        this.layer = layer;
        this.owner = owner;
        this.pack = pack;
    }

    /** Fuses a layer, packs it if asked, and closes what it was made of. */
    static TensorDict of(TensorDict layer, boolean pack) {
        return new FusedLayer(layer, layer.owner(), pack).all().finish();
    }

    /** Fuses a layer for a moment, and packs it if asked; what it is made of stays. */
    static TensorDict passing(TensorDict layer, NDManager owner, boolean pack) {
        return new FusedLayer(layer, owner, pack).all().dict();
    }

    private FusedLayer all() {
        return stack("qkv", List.of("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"))
                .linear("out_proj", "self_attn.out_proj", pack)
                .linear("fc1", "mlp.fc1", pack)
                .linear("fc2", "mlp.fc2", pack);
    }

    /**
     * Fuses the last layer, which computes keys and values of all tokens and the rest of the pooled
     * one alone: for so few rows a layout of its own gains nothing.
     */
    static TensorDict last(TensorDict layer, boolean pack) {
        return new FusedLayer(layer, layer.owner(), pack)
                .stack("kv", List.of("self_attn.k_proj", "self_attn.v_proj"))
                .linear("q", "self_attn.q_proj", false)
                .linear("out_proj", "self_attn.out_proj", false)
                .linear("fc1", "mlp.fc1", false)
                .linear("fc2", "mlp.fc2", false)
                .finish();
    }

    private FusedLayer stack(String name, List<String> parts) {
        return inference(
                scope -> {
                    for (String suffix : List.of(".weight", ".bias")) {
                        List<NDArray> tensors =
                                parts.stream().map(part -> layer.get(part + suffix)).toList();
                        NDArray stacked = FusedEncoder.PROGRAM.call("stack", tensors);
                        boolean matrix = suffix.equals(".weight");
                        fused.put(
                                name + suffix, scope.keep(matrix ? pack(stacked) : stacked, owner));
                    }
                });
    }

    private FusedLayer linear(String name, String source, boolean packed) {
        fused.put(name + ".bias", layer.get(source + ".bias"));
        NDArray weight = layer.get(source + ".weight");
        if (!packed) {
            fused.put(name + ".weight", weight);
            return this;
        }
        return inference(scope -> fused.put(name + ".weight", scope.keep(pack(weight), owner)));
    }

    private FusedLayer inference(java.util.function.Consumer<TensorScope> body) {
        return Autograd.in(
                Autograd.Mode.INFERENCE,
                () -> {
                    try (TensorScope scope = TensorScope.open(layer.owner().getDevice())) {
                        body.accept(scope);
                    }
                    return this;
                });
    }

    private NDArray pack(NDArray weight) {
        return pack ? FusedEncoder.PROGRAM.call("pack", weight, ROWS) : weight;
    }

    private TensorDict dict() {
        for (String norm : List.of("layer_norm1", "layer_norm2")) {
            fused.put(norm + ".weight", layer.get(norm + ".weight"));
            fused.put(norm + ".bias", layer.get(norm + ".bias"));
        }
        return new TensorDict(fused, owner);
    }

    private TensorDict finish() {
        TensorDict result = dict();
        layer.close();
        Set<NDArray> kept = Sets.newIdentityHashSet();
        kept.addAll(fused.values());
        layer.tensors().values().stream()
                .filter(tensor -> !kept.contains(tensor))
                .forEach(NDArray::close);
        return result;
    }
}
