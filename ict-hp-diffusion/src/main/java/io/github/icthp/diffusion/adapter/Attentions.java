package io.github.icthp.diffusion.adapter;

import com.google.common.collect.ImmutableList;

import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.weights.WeightsFormatException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A UNet's attentions to text, in the order in which an adapter's file numbers them: down, up, and
 * then the middle, as diffusers registers the modules, and not as they are computed.
 *
 * @param all the attentions
 */
record Attentions(ImmutableList<Attention> all) {

    private static final String KEYS = ".attn2.to_k";
    private static final List<String> SIDES = List.of("down_blocks.", "up_blocks.", "mid_block.");
    private static final Map<Integer, String> FAMILIES =
            Map.of(768, "SD1.5", 1024, "SD2", 2048, "SDXL");

    /**
     * An attention to text.
     *
     * @param path its module's path, which ends in {@code attn2}
     * @param channels C
     * @param context E
     */
    record Attention(String path, long channels, long context) {}

    /** Finds them among a UNet's linear layers, in the order of the forward pass. */
    static Attentions of(Map<String, LinearShape> linears) {
        List<Attention> found = new ArrayList<>();
        for (String side : SIDES) {
            linears.forEach(
                    (path, shape) -> {
                        if (path.startsWith(side) && path.endsWith(KEYS)) {
                            String module = path.substring(0, path.lastIndexOf('.'));
                            found.add(new Attention(module, shape.out(), shape.in()));
                        }
                    });
        }
        return new Attentions(ImmutableList.copyOf(found));
    }

    List<String> paths() {
        return all.stream().map(Attention::path).toList();
    }

    /**
     * Refuses an adapter of another family, before its matrices are compared one by one.
     *
     * @throws WeightsFormatException if it cannot be for this UNet
     */
    void requireFamilyOf(AdapterShape adapter, String source) {
        if (all.isEmpty()) {
            throw new WeightsFormatException(
                    "StyleAdapter: "
                            + source
                            + " is for a UNet, and this denoiser has none of a UNet's attentions"
                            + " to text; style injection is for SD1.5, SD2 and SDXL");
        }
        int context = (int) all.get(0).context();
        if (adapter.contextWidth() != context) {
            throw new WeightsFormatException(
                    "StyleAdapter: "
                            + source
                            + " is for a UNet whose text has width "
                            + named(adapter.contextWidth())
                            + ", and this one's has width "
                            + named(context)
                            + "; name an adapter of this family");
        }
        if (adapter.attentions() != all.size()) {
            throw new WeightsFormatException(
                    "StyleAdapter: "
                            + source
                            + " has matrices for "
                            + adapter.attentions()
                            + " attentions, and this UNet has "
                            + all.size()
                            + "; name an adapter of this family");
        }
    }

    private static String named(int width) {
        return FAMILIES.containsKey(width) ? width + ", " + FAMILIES.get(width) + "'s" : "" + width;
    }
}
