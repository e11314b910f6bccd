package io.github.icthp.diffusion.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.diffusion.model.StyleTokens.Layer;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The reference pictures' tokens of a field, and their keys and values: computed once for all
 * steps, or at every call if the tokens were recorded when the field was made, for their gradients.
 */
final class StyleInputs {

    private final NDManager owner;
    private final Device device;
    private final boolean recorded;
    private final List<StyleTokens> styles = new ArrayList<>();
    private final Map<String, StyleAttention> made = new HashMap<>();

    /**
     * Keeps the tokens.
     *
     * @param given their tensors may close before the owner does; the matrices may not
     * @param owner owns what is kept
     */
    StyleInputs(List<StyleTokens> given, NDManager owner) {
        this.owner = owner;
        this.device = owner.getDevice();
        this.recorded =
                Autograd.mode() == Mode.GRADIENT
                        && given.stream().anyMatch(s -> Autograd.requiresGradient(s.tokens()));
        try (TensorScope scope = TensorScope.open(device)) {
            for (StyleTokens style : given) {
                NDArray tokens =
                        recorded
                                ? Tensors.to(style.tokens(), device)
                                : Autograd.detach(style.tokens());
                styles.add(new StyleTokens(scope.keep(tokens, owner), style.layers()));
            }
        }
    }

    /** Returns what an attention reads; recorded keys and values are in the innermost scope. */
    StyleAttention of(String attention) {
        if (styles.isEmpty()) {
            return StyleAttention.NONE;
        }
        return recorded ? make(attention) : made.computeIfAbsent(attention, this::constant);
    }

    private StyleAttention constant(String attention) {
        return Autograd.in(
                Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open(device)) {
                        StyleAttention attended = make(attention);
                        attended.keys().forEach(k -> scope.keep(k, owner));
                        attended.values().forEach(v -> scope.keep(v, owner));
                        return attended;
                    }
                });
    }

    private StyleAttention make(String attention) {
        List<NDArray> keys = new ArrayList<>();
        List<NDArray> values = new ArrayList<>();
        List<Double> scales = new ArrayList<>();
        for (StyleTokens style : styles) {
            Layer layer = style.layers().get(attention);
            if (layer != null && layer.scale() != 0) {
                keys.add(LayerPrograms.COMMON.call("product", style.tokens(), layer.key()));
                values.add(LayerPrograms.COMMON.call("product", style.tokens(), layer.value()));
                scales.add(layer.scale());
            }
        }
        return new StyleAttention(keys, values, scales);
    }
}
