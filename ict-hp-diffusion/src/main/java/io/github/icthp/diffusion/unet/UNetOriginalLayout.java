package io.github.icthp.diffusion.unet;

import io.github.icthp.diffusion.model.OriginalLayout;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the authors' own code (CompVis' and Stability AI's {@code ldm}, {@code sgm}) calls a UNet's
 * layers. It numbers all blocks on a side through, whatever their resolution.
 */
public final class UNetOriginalLayout {

    private static final Pattern BLOCK =
            Pattern.compile("(down|up)_blocks\\.(\\d+)\\.(resnets|attentions)\\.(\\d+)\\.(.*)");
    private static final Pattern SAMPLER =
            Pattern.compile("(down|up)_blocks\\.(\\d+)\\.(?:down|up)samplers\\.0\\.conv");

    private static final Map<String, String> OUTER =
            Map.of(
                    "conv_in", "input_blocks.0.0",
                    "time_embedding.linear_1", "time_embed.0",
                    "time_embedding.linear_2", "time_embed.2",
                    "add_embedding.linear_1", "label_emb.0.0",
                    "add_embedding.linear_2", "label_emb.0.2",
                    "conv_norm_out", "out.0",
                    "conv_out", "out.2");

    private static final Map<String, String> MIDDLE =
            Map.of(
                    "mid_block.resnets.0.", "middle_block.0.",
                    "mid_block.attentions.0.", "middle_block.1.",
                    "mid_block.resnets.1.", "middle_block.2.");

    private static final Map<String, String> RESNET =
            Map.of(
                    "norm1", "in_layers.0",
                    "conv1", "in_layers.2",
                    "time_emb_proj", "emb_layers.1",
                    "norm2", "out_layers.0",
                    "conv2", "out_layers.3",
                    "conv_shortcut", "skip_connection");

    private final Set<String> paths;
    private final int layers;

    private UNetOriginalLayout(Set<String> paths) {
        this.paths = new TreeSet<>(paths);
        int count = 0;
        while (has("down_blocks.0.resnets." + count)) {
            count++;
        }
        this.layers = count;
    }

    private boolean has(String path) {
        return paths.stream().anyMatch(p -> p.equals(path) || p.startsWith(path + "."));
    }

    /**
     * Lays out a UNet whose levels have equally many layers, as all published ones have.
     *
     * @param paths diffusers' paths of its layers
     * @return the authors' names of those layers
     */
    public static OriginalLayout of(Set<String> paths) {
        UNetOriginalLayout names = new UNetOriginalLayout(paths);
        OriginalLayout layout = new OriginalLayout();
        names.paths.forEach(path -> layout.layer(names.original(path), path));
        return layout;
    }

    private String original(String path) {
        if (OUTER.containsKey(path)) {
            return OUTER.get(path);
        }
        for (Map.Entry<String, String> part : MIDDLE.entrySet()) {
            if (path.startsWith(part.getKey())) {
                return part.getValue() + inner(path.substring(part.getKey().length()));
            }
        }
        Matcher sampler = SAMPLER.matcher(path);
        if (sampler.matches()) {
            return sampler(sampler.group(1), Integer.parseInt(sampler.group(2)));
        }
        Matcher block = BLOCK.matcher(path);
        return block.matches() ? block(block) : path;
    }

    private String sampler(String side, int level) {
        if (side.equals("down")) {
            return "input_blocks." + (level + 1) * (layers + 1) + ".0.op";
        }
        boolean attends = has("up_blocks." + level + ".attentions.0");
        int block = level * (layers + 1) + layers;
        return "output_blocks." + block + (attends ? ".2" : ".1") + ".conv";
    }

    private String block(Matcher block) {
        boolean down = block.group(1).equals("down");
        int number = Integer.parseInt(block.group(2)) * (layers + 1) + (down ? 1 : 0);
        String place = block.group(3).equals("resnets") ? ".0." : ".1.";
        return (down ? "input_blocks." : "output_blocks.")
                + (number + Integer.parseInt(block.group(4)))
                + place
                + inner(block.group(5));
    }

    /** Names inside an attention are the same. */
    private static String inner(String name) {
        return RESNET.getOrDefault(name, name);
    }
}
