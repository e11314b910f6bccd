package io.github.icthp.diffusion.transformer;

import io.github.icthp.diffusion.transformer.RowWeights.Rows;
import io.github.icthp.weights.TensorInfo;
import io.github.icthp.weights.Weights;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Translates a single-file checkpoint of a model's authors into diffusers' names.
 *
 * <p>The authors stack query, key and value in one layer and put the last modulation's shift before
 * its scale. Names that no rule takes stay as they are, so that strict loading reports them;
 * tensors of other models in the file (VAE, text encoders) are left out.
 */
public final class OriginalLayout {

    private static final String PREFIX = "model.diffusion_model.";

    private final Weights originals;
    private final String prefix;
    private final Set<String> left = new LinkedHashSet<>();
    private final Map<String, List<Rows>> parts = new LinkedHashMap<>();

    /**
     * Begins a translation.
     *
     * @param originals open weights of the authors' layout
     */
    public OriginalLayout(Weights originals) {
        this.originals = originals;
        boolean prefixed = originals.names().stream().anyMatch(name -> name.startsWith(PREFIX));
        this.prefix = prefixed ? PREFIX : "";
        originals.names().stream().filter(name -> name.startsWith(prefix)).forEach(left::add);
    }

    /**
     * Says whether weights are of the authors' layout.
     *
     * @param weights open weights
     * @param name a name that only that layout has
     * @return true if the name is there, with or without the prefix of whole-pipeline files
     */
    public static boolean has(Weights weights, String name) {
        return weights.names().contains(name) || weights.names().contains(PREFIX + name);
    }

    /**
     * Says whether a tensor is there and not yet translated.
     *
     * @param name its original name
     * @return true if it is
     */
    public boolean has(String name) {
        return left.contains(prefix + name);
    }

    /**
     * Describes a tensor.
     *
     * @param name its original name
     * @return its type and shape
     */
    public TensorInfo info(String name) {
        return originals.info(prefix + name);
    }

    /**
     * Renames a tensor.
     *
     * @param from its original name; nothing happens if there is none
     * @param to diffusers' name
     * @return this
     */
    public OriginalLayout tensor(String from, String to) {
        if (has(from)) {
            parts.put(to, List.of(new Rows(take(from), 0, rows(from))));
        }
        return this;
    }

    /**
     * Renames a layer's weight and bias.
     *
     * @param from its original name
     * @param to diffusers' name
     * @return this
     */
    public OriginalLayout layer(String from, String to) {
        return tensor(from + ".weight", to + ".weight").tensor(from + ".bias", to + ".bias");
    }

    /**
     * Renames a modulation layer whose halves are shift and scale and become scale and shift.
     *
     * @param from its original name
     * @param to diffusers' name
     * @return this
     */
    public OriginalLayout swapped(String from, String to) {
        for (String suffix : List.of(".weight", ".bias")) {
            if (has(from + suffix)) {
                long half = rows(from + suffix) / 2;
                String name = take(from + suffix);
                parts.put(
                        to + suffix, List.of(new Rows(name, half, half), new Rows(name, 0, half)));
            }
        }
        return this;
    }

    /**
     * Splits a layer into several of {@code width} outputs each; the last takes what is left.
     *
     * @param from its original name
     * @param width outputs of each
     * @param to diffusers' names, in the order in which they are stacked
     * @return this
     */
    public OriginalLayout stacked(String from, long width, List<String> to) {
        for (String suffix : List.of(".weight", ".bias")) {
            if (has(from + suffix)) {
                long rows = rows(from + suffix);
                String name = take(from + suffix);
                for (int i = 0; i < to.size(); i++) {
                    long first = i * width;
                    long count = i == to.size() - 1 ? rows - first : width;
                    parts.put(to.get(i) + suffix, List.of(new Rows(name, first, count)));
                }
            }
        }
        return this;
    }

    private long rows(String name) {
        TensorInfo info = info(name);
        return info.shape().dimension() == 0 ? 1 : info.shape().get(0);
    }

    private String take(String name) {
        left.remove(prefix + name);
        return prefix + name;
    }

    /**
     * Ends the translation.
     *
     * @return a view of the originals, closed with them
     */
    public Weights weights() {
        for (String name : List.copyOf(left)) {
            String bare = name.substring(prefix.length());
            tensor(bare, bare);
        }
        return new RowWeights(originals, parts);
    }
}
