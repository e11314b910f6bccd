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

/** A layer's weights as {@code fused_layer} and {@code packed_layer} take them. */
final class FusedLayer {

    private static final List<String> QKV =
            List.of("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj");

    /** A batch of eight images of 257 tokens; oneDNN picks the same layout for others near it. */
    private static final int ROWS = 2056;

    private FusedLayer() {}

    /** Fuses a layer, packs it if asked, and closes what it was made of. */
    static TensorDict of(TensorDict layer, boolean pack) {
        NDManager owner = layer.owner();
        Map<String, NDArray> fused = new LinkedHashMap<>();
        Autograd.in(
                Autograd.Mode.INFERENCE,
                () -> {
                    try (TensorScope scope = TensorScope.open(owner.getDevice())) {
                        fused.put("qkv.weight", pack(stack(layer, ".weight"), pack));
                        fused.put("qkv.bias", stack(layer, ".bias"));
                        fused.put(
                                "out_proj.weight",
                                pack(layer.get("self_attn.out_proj.weight"), pack));
                        fused.put("fc1.weight", pack(layer.get("mlp.fc1.weight"), pack));
                        fused.put("fc2.weight", pack(layer.get("mlp.fc2.weight"), pack));
                        fused.values().forEach(tensor -> scope.keep(tensor, owner));
                    }
                    return fused;
                });
        fused.put("out_proj.bias", layer.get("self_attn.out_proj.bias"));
        fused.put("fc1.bias", layer.get("mlp.fc1.bias"));
        fused.put("fc2.bias", layer.get("mlp.fc2.bias"));
        for (String norm : List.of("layer_norm1", "layer_norm2")) {
            fused.put(norm + ".weight", layer.get(norm + ".weight"));
            fused.put(norm + ".bias", layer.get(norm + ".bias"));
        }
        TensorDict result = new TensorDict(fused, owner);
        layer.close();
        Set<NDArray> kept = Sets.newIdentityHashSet();
        kept.addAll(fused.values());
        layer.tensors().values().stream()
                .filter(tensor -> !kept.contains(tensor))
                .forEach(NDArray::close);
        return result;
    }

    private static NDArray stack(TensorDict layer, String suffix) {
        List<NDArray> parts = QKV.stream().map(name -> layer.get(name + suffix)).toList();
        return ClipEncoder.PROGRAM.call("stack", parts);
    }

    private static NDArray pack(NDArray weight, boolean pack) {
        return pack ? ClipEncoder.PROGRAM.call("pack", weight, ROWS) : weight;
    }
}
