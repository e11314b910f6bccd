package io.github.icthp.prompt;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorDict;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.weights.Parameters;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Names a GPT-2's parameters and makes them ready for {@code gpt2.torchscript}: linear weights,
 * which GPT-2 stores as (in, out), are turned around and may go into the processor's own layout.
 *
 * <p>Names may begin with {@code transformer.} or not; mask buffers of older files are ignored, and
 * so is an output layer beside tied embeddings.
 */
final class Gpt2Weights {

    /** Rows of a product in generation; oneDNN picks the same layout for others near it. */
    private static final int ROWS = 16;

    private static final String PREFIX = "transformer";

    private final Parameters root;
    private final Parameters body;
    private final Gpt2Config config;
    private final NDManager owner;
    private final boolean values;
    private final boolean packed;

    private Gpt2Weights(
            Parameters root, Gpt2Config config, NDManager owner, boolean values, boolean packed) {
        this.root = root;
        boolean prefixed = root.in(PREFIX).has("wte.weight");
        this.body = root.in(prefixed ? PREFIX : "");
        this.config = config;
        this.owner = owner;
        this.values = values;
        this.packed = packed;
    }

    /** Names everything without values. */
    static void check(Parameters declared, Gpt2Config config, NDManager owner) {
        new Gpt2Weights(declared, config, owner, false, false).parts();
        declared.finish();
    }

    /** Loads everything: the embeddings' weights, those of each layer, the output's. */
    static List<TensorDict> load(
            Parameters stored, Gpt2Config config, NDManager owner, boolean packed) {
        List<TensorDict> parts = new Gpt2Weights(stored, config, owner, true, packed).parts();
        stored.finish();
        return parts;
    }

    private List<TensorDict> parts() {
        List<TensorDict> parts = new ArrayList<>();
        body.tensor("wte.weight", config.vocabulary(), config.width())
                .tensor("wpe.weight", config.positions(), config.width());
        Map<String, NDArray> input = new LinkedHashMap<>();
        input.put("wte.weight", body.get("wte.weight"));
        input.put("wpe.weight", body.get("wpe.weight"));
        parts.add(new TensorDict(input, owner));
        for (int i = 0; i < config.layers(); i++) {
            parts.add(layer(body.in("h." + i)));
        }
        parts.add(output());
        return List.copyOf(parts);
    }

    private TensorDict layer(Parameters all) {
        int d = config.width();
        all.ignore("attn.bias").ignore("attn.masked_bias");
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        norm(all, "ln_1", tensors);
        norm(all, "ln_2", tensors);
        linear(all, "attn.c_attn", "c_attn", d, 3L * d, tensors);
        linear(all, "attn.c_proj", "c_proj", d, d, tensors);
        linear(all, "mlp.c_fc", "c_fc", d, config.mlpWidth(), tensors);
        linear(all, "mlp.c_proj", "mlp.c_proj", config.mlpWidth(), d, tensors);
        return new TensorDict(tensors, owner);
    }

    private TensorDict output() {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        norm(body, "ln_f", tensors);
        NDArray head;
        if (config.tied()) {
            root.ignore("lm_head.weight");
            head = body.get("wte.weight");
        } else {
            root.tensor("lm_head.weight", config.vocabulary(), config.width());
            head = root.get("lm_head.weight");
        }
        // Embeddings are looked up as they are stored, so tied ones are kept twice.
        tensors.put("lm_head.weight", packed ? made(() -> pack(head)) : head);
        if (packed && !config.tied()) {
            head.close();
        }
        return new TensorDict(tensors, owner);
    }

    private void norm(Parameters all, String name, Map<String, NDArray> tensors) {
        all.norm(name, config.width());
        tensors.put(name + ".weight", all.get(name + ".weight"));
        tensors.put(name + ".bias", all.get(name + ".bias"));
    }

    private void linear(
            Parameters all,
            String source,
            String name,
            long in,
            long out,
            Map<String, NDArray> tensors) {
        all.tensor(source + ".weight", in, out).tensor(source + ".bias", out);
        NDArray stored = all.get(source + ".weight");
        tensors.put(name + ".bias", all.get(source + ".bias"));
        if (values) {
            tensors.put(
                    name + ".weight",
                    made(
                            () -> {
                                NDArray turned = Gpt2Model.PROGRAM.call("transposed", stored);
                                return packed ? pack(turned) : turned;
                            }));
            stored.close();
        } else {
            tensors.put(name + ".weight", stored);
        }
    }

    private static NDArray pack(NDArray weight) {
        return Gpt2Model.PROGRAM.call("pack", weight, ROWS);
    }

    private NDArray made(Supplier<NDArray> body) {
        return Autograd.in(
                Autograd.Mode.INFERENCE,
                () -> {
                    try (TensorScope scope = TensorScope.open(owner.getDevice())) {
                        return scope.keep(body.get(), owner);
                    }
                });
    }
}
