package io.github.icthp.diffusion.original;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the authors of a transformer call its layers, beside diffusers' names. What is not in it has
 * one name in both.
 *
 * @see Sd3OriginalLayout
 * @see FluxOriginalLayout
 */
public final class OriginalLayout {

    private final List<OriginalLayer> layers = new ArrayList<>();
    private final Map<String, String> tensors = new LinkedHashMap<>();

    OriginalLayout() {}

    /** Adds a layer, or a joined one if it has several parts. */
    OriginalLayout layer(String name, String... parts) {
        layers.add(new OriginalLayer(name, List.of(parts), false));
        return this;
    }

    /** Adds a modulation layer whose halves are shift and scale. */
    OriginalLayout swapped(String name, String part) {
        layers.add(new OriginalLayer(name, List.of(part), true));
        return this;
    }

    /** Adds a tensor that is no linear layer's. */
    OriginalLayout tensor(String name, String to) {
        tensors.put(name, to);
        return this;
    }

    /**
     * Returns the linear layers.
     *
     * @return all that a transformer of this family can have, in the authors' order
     */
    public List<OriginalLayer> layers() {
        return Collections.unmodifiableList(layers);
    }

    /** Returns diffusers' names of the other tensors, by the authors'. */
    Map<String, String> tensors() {
        return Collections.unmodifiableMap(tensors);
    }
}
