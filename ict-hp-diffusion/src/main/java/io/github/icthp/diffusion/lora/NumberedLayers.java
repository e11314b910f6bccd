package io.github.icthp.diffusion.lora;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The layers of SD1 and SD2 in the order in which the first LoRA trainer (cloneofsimo's) numbers
 * them: that in which diffusers of its time registers modules, in which a UNet's middle comes last.
 */
final class NumberedLayers {

    private static final Pattern BLOCK =
            Pattern.compile(
                    "((down|up|mid)_block(?:s\\.(\\d+))?\\.attentions\\.(\\d+)"
                            + "\\.transformer_blocks\\.(\\d+))\\.attn1\\.to_q");
    private static final Pattern LAYER = Pattern.compile("encoder\\.layers\\.(\\d+)\\..*");

    private static final List<String> ATTENTION = List.of("to_q", "to_k", "to_v", "to_out.0");
    private static final List<String> TEXT = List.of("k_proj", "v_proj", "q_proj", "out_proj");

    private NumberedLayers() {}

    /** A transformer block of a UNet, in the trainer's order. */
    private record Block(String path, int side, int level, int attention, int number)
            implements Comparable<Block> {

        @Override
        public int compareTo(Block other) {
            return Comparator.comparingInt(Block::side)
                    .thenComparingInt(Block::level)
                    .thenComparingInt(Block::attention)
                    .thenComparingInt(Block::number)
                    .compare(this, other);
        }
    }

    /**
     * Orders a UNet's layers.
     *
     * @param linears its layers
     * @param count how many the file numbers: of attentions alone, or of feed-forward parts, too
     * @return their paths; none if the file numbers another model's
     */
    static List<String> ofUNet(Set<String> linears, int count) {
        Set<Block> blocks = new TreeSet<>();
        for (String path : linears) {
            Matcher m = BLOCK.matcher(path);
            if (m.matches()) {
                blocks.add(
                        new Block(
                                m.group(1),
                                List.of("down", "up", "mid").indexOf(m.group(2)),
                                m.group(3) == null ? 0 : Integer.parseInt(m.group(3)),
                                Integer.parseInt(m.group(4)),
                                Integer.parseInt(m.group(5))));
            }
        }
        int attentions = 2 * ATTENTION.size();
        boolean fed = count == blocks.size() * (attentions + 1);
        if (!fed && count != blocks.size() * attentions) {
            return List.of();
        }
        List<String> ordered = new ArrayList<>();
        for (Block block : blocks) {
            ATTENTION.forEach(name -> ordered.add(block.path() + ".attn1." + name));
            if (fed) {
                ordered.add(block.path() + ".ff.net.0.proj");
            }
            ATTENTION.forEach(name -> ordered.add(block.path() + ".attn2." + name));
        }
        return ordered;
    }

    /** Orders a text encoder's layers: the projections of its attentions. */
    static List<String> ofTextEncoder(Set<String> linears) {
        int layers =
                linears.stream()
                        .map(LAYER::matcher)
                        .filter(Matcher::matches)
                        .mapToInt(m -> Integer.parseInt(m.group(1)) + 1)
                        .max()
                        .orElse(0);
        return Stream.iterate(0, i -> i + 1)
                .limit(layers)
                .flatMap(i -> TEXT.stream().map(n -> "encoder.layers." + i + ".self_attn." + n))
                .toList();
    }
}
