package io.github.icthp.diffusion.model;

import io.github.icthp.weights.TensorInfo;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.Weights.Rows;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Translates a single-file checkpoint of a model's authors into diffusers' names.
 *
 * <p>Names that the layout does not have stay as they are, so that strict loading reports them;
 * tensors of other models in the file (VAE, text encoders) are left out.
 */
public final class OriginalWeights {

    /** Before the transformer's names in a file that holds a whole pipeline. */
    private static final String PREFIX = "model.diffusion_model.";

    private static final List<String> SUFFIXES = List.of(".weight", ".bias");

    private final Weights originals;
    private final String prefix;
    private final Set<String> left = new LinkedHashSet<>();
    private final Map<String, List<Rows>> parts = new LinkedHashMap<>();

    /**
     * Reads the names of a single file.
     *
     * @param originals open weights, of either layout
     */
    public OriginalWeights(Weights originals) {
        this.originals = originals;
        boolean prefixed = originals.names().stream().anyMatch(name -> name.startsWith(PREFIX));
        this.prefix = prefixed ? PREFIX : "";
        originals.names().stream()
                .filter(name -> name.startsWith(prefix))
                .forEach(name -> left.add(name.substring(prefix.length())));
    }

    /**
     * Counts the blocks that have a layer.
     *
     * @param layer the layer's name, with %d for the block's number
     * @return how many blocks have it, from block 0 on without a gap
     */
    public int count(String layer) {
        int blocks = 0;
        while (left.contains(String.format(Locale.ROOT, layer, blocks) + ".weight")) {
            blocks++;
        }
        return blocks;
    }

    /**
     * Translates all of it.
     *
     * @param layout the authors' layout
     * @param qkv a layer of theirs with three times the transformer's width outputs
     * @return the weights under diffusers' names, closed with the originals
     */
    public Weights translate(OriginalLayout layout, String qkv) {
        long width = rows(qkv + ".weight") / 3;
        layout.tensors().forEach(this::rename);
        for (OriginalLayer layer : layout.layers()) {
            for (String suffix : SUFFIXES) {
                if (left.contains(layer.name() + suffix)) {
                    translate(layer, suffix, width);
                }
            }
        }
        List.copyOf(left).forEach(name -> rename(name, name));
        return originals.ofRows(parts);
    }

    private void translate(OriginalLayer layer, String suffix, long width) {
        String name = layer.name() + suffix;
        long rows = rows(name);
        int last = layer.parts().size() - 1;
        if (layer.swapped()) {
            long half = rows / 2;
            parts.put(
                    layer.parts().get(0) + suffix,
                    List.of(some(name, half, half), some(name, 0, half)));
            left.remove(name);
        } else if (rows > last * width) {
            for (int i = 0; i <= last; i++) {
                long count = i < last ? width : rows - last * width;
                parts.put(layer.parts().get(i) + suffix, List.of(some(name, i * width, count)));
            }
            left.remove(name);
        }
    }

    private void rename(String from, String to) {
        if (left.remove(from)) {
            parts.put(to, List.of(some(from, 0, rows(from))));
        }
    }

    private Rows some(String name, long first, long count) {
        return new Rows(prefix + name, first, count);
    }

    private long rows(String name) {
        TensorInfo info = originals.info(prefix + name);
        return info.shape().dimension() == 0 ? 1 : info.shape().get(0);
    }
}
