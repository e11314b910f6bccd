package io.github.icthp.clip;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TensorScope;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A layer's weights as {@code packed_layer} takes them. */
final class PackedLayer {

    private static final List<String> QKV =
            List.of("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj");

    /** A batch of eight images of 257 tokens; oneDNN picks the same layout for others near it. */
    private static final int ROWS = 2056;

    private PackedLayer() {}

    /** Packs a layer and closes what it was made of. */
    static TensorDict of(TensorDict layer) {
        NDManager owner = layer.owner();
        Map<String, NDArray> packed = new LinkedHashMap<>();
        Autograd.in(
                Autograd.Mode.INFERENCE,
                () -> {
                    try (TensorScope scope = TensorScope.open(owner.getDevice())) {
                        packed.put("qkv.weight", pack(stack(layer, ".weight")));
                        packed.put("qkv.bias", stack(layer, ".bias"));
                        linear(layer, "self_attn.out_proj", packed, "out_proj");
                        linear(layer, "mlp.fc1", packed, "fc1");
                        linear(layer, "mlp.fc2", packed, "fc2");
                        packed.values().forEach(tensor -> scope.keep(tensor, owner));
                    }
                    return packed;
                });
        for (String norm : List.of("layer_norm1", "layer_norm2")) {
            packed.put(norm + ".weight", layer.get(norm + ".weight"));
            packed.put(norm + ".bias", layer.get(norm + ".bias"));
        }
        TensorDict result = new TensorDict(packed, owner);
        layer.close();
        layer.tensors().forEach((name, tensor) -> close(name, tensor));
        return result;
    }

    private static void close(String name, NDArray tensor) {
        if (name.endsWith(".weight") && !name.startsWith("layer_norm")) {
            tensor.close();
        }
    }

    private static NDArray stack(TensorDict layer, String suffix) {
        List<NDArray> parts = QKV.stream().map(name -> layer.get(name + suffix)).toList();
        return ClipEncoder.PROGRAM.call("stack", parts);
    }

    private static NDArray pack(NDArray weight) {
        return ClipEncoder.PROGRAM.call("pack", weight, ROWS);
    }

    private static void linear(
            TensorDict layer, String from, Map<String, NDArray> packed, String to) {
        packed.put(to + ".weight", pack(layer.get(from + ".weight")));
        // A handle of its own: what goes into the dictionary is kept with it.
        packed.put(to + ".bias", layer.get(from + ".bias"));
    }
}
