package io.github.icthp.diffusion.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the authors of a transformer call its layers, beside diffusers' names. What is not in it has
 * one name in both.
 */
public final class OriginalLayout {

    private final List<OriginalLayer> layers = new ArrayList<>();
    private final Map<String, String> tensors = new LinkedHashMap<>();

    /** Starts a layout without layers. */
    public OriginalLayout() {}

    /**
     * Adds a layer, or a joined one if it has several parts.
     *
     * @param name the authors' name
     * @param parts the names of its rows, from the first to the last, in diffusers
     * @return this
     */
    public OriginalLayout layer(String name, String... parts) {
        layers.add(new OriginalLayer(name, List.of(parts), false));
        return this;
    }

    /**
     * Adds a modulation layer whose halves are shift and scale; diffusers has scale first.
     *
     * @param name the authors' name
     * @param part the name in diffusers
     * @return this
     */
    public OriginalLayout swapped(String name, String part) {
        layers.add(new OriginalLayer(name, List.of(part), true));
        return this;
    }

    /**
     * Adds a tensor that does not belong to a linear layer.
     *
     * @param name the authors' name
     * @param to the name in diffusers
     * @return this
     */
    public OriginalLayout tensor(String name, String to) {
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
