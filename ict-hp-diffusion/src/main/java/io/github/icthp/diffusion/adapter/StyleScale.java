package io.github.icthp.diffusion.adapter;

import com.google.common.base.Preconditions;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSortedMap;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How strongly a UNet's attentions read an adapter's tokens: one number for all, or one for each
 * block. Blocks that are not named read none.
 *
 * @param blocks strengths, finite and at least 0, by block: {@code all}; a side, {@code down},
 *     {@code mid} or {@code up}; a block of it, {@code up.block_0}; or one attention of that,
 *     {@code up.block_0.1}. The longest name counts
 */
public record StyleScale(Map<String, Double> blocks) {

    private static final String ALL = "all";
    private static final Pattern NAME =
            Pattern.compile("all|mid|(?:down|up)(?:\\.block_\\d+(?:\\.\\d+)?)?");
    private static final Pattern PATH =
            Pattern.compile("(down|up)_blocks\\.(\\d+)\\.attentions\\.(\\d+)\\..*");

    /** What InstantStyle calls these attentions of SDXL (Wang et al. 2024, section 3.2). */
    private static final Map<String, String> INSTANT_STYLE =
            Map.of("style", "up.block_0.1", "layout", "down.block_2.1");

    /**
     * Checks names and numbers.
     *
     * @param blocks strengths by block
     * @throws IllegalArgumentException if there is none, a name is no block's, or a number is
     *     negative or not finite
     */
    public StyleScale {
        blocks = ImmutableSortedMap.copyOf(blocks);
        Preconditions.checkArgument(!blocks.isEmpty(), "StyleScale: expected a scale, got none");
        blocks.forEach(
                (name, scale) -> {
                    Preconditions.checkArgument(
                            NAME.matcher(name).matches(),
                            "StyleScale: expected all, down, mid, up, a block such as up.block_0 or"
                                    + " an attention such as up.block_0.1, got '%s'",
                            name);
                    Preconditions.checkArgument(
                            scale >= 0 && scale <= Float.MAX_VALUE,
                            "StyleScale: scales must be finite and at least 0, got %s for %s",
                            scale,
                            name);
                });
    }

    /**
     * Scales all attentions alike.
     *
     * @param scale 1 for as the adapter was trained, 0 for no style
     * @return the scale
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public static StyleScale of(double scale) {
        return new StyleScale(Map.of(ALL, scale));
    }

    /**
     * Keeps to the attention of SDXL that carries style, and leaves contents to the prompt (Wang et
     * al. 2024, "InstantStyle", arXiv 2404.02733, section 3.2).
     *
     * @param scale its strength
     * @return the scale
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public static StyleScale style(double scale) {
        return parse("style", scale);
    }

    /**
     * Keeps to the attentions of SDXL that carry style and layout.
     *
     * @param scale their strength
     * @return the scale
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public static StyleScale styleAndLayout(double scale) {
        return parse("style,layout", scale);
    }

    /**
     * Reads names of blocks.
     *
     * @param names separated by commas: {@code style}, {@code layout}, or as {@link #blocks} has
     *     them; a name may be followed by {@code =} and a factor of its own
     * @param scale what factors are multiplied with
     * @return the scale
     * @throws IllegalArgumentException if a name is unknown or there twice, or a number is negative
     *     or not finite
     */
    public static StyleScale parse(String names, double scale) {
        Map<String, Double> blocks = new TreeMap<>();
        for (String part : Splitter.on(',').trimResults().split(names)) {
            int equals = part.indexOf('=');
            String name = equals < 0 ? part : part.substring(0, equals).trim();
            double factor = equals < 0 ? 1 : number(part.substring(equals + 1), names);
            String block = INSTANT_STYLE.getOrDefault(name, name);
            Preconditions.checkArgument(
                    blocks.put(block, factor * scale) == null,
                    "StyleScale: %s is there twice in '%s'",
                    name,
                    names);
        }
        return new StyleScale(blocks);
    }

    private static double number(String text, String names) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "StyleScale: expected a number after '=', got '" + text + "' in " + names, e);
        }
    }

    /** Returns the scale of an attention. */
    double of(String attention) {
        String name = name(attention);
        while (!blocks.containsKey(name)) {
            int dot = name.lastIndexOf('.');
            if (dot < 0) {
                return blocks.getOrDefault(ALL, 0.0);
            }
            name = name.substring(0, dot);
        }
        return blocks.get(name);
    }

    /** Returns the name that is shortest of those that mean this attention alone. */
    private static String name(String attention) {
        Matcher path = PATH.matcher(attention);
        return path.matches()
                ? path.group(1) + ".block_" + path.group(2) + "." + path.group(3)
                : "mid";
    }

    /**
     * Checks that every block is there.
     *
     * @param attentions paths of a UNet's attentions to text
     * @throws IllegalArgumentException if a name is none of theirs
     */
    void requireKnown(Collection<String> attentions) {
        TreeSet<String> known = new TreeSet<>();
        attentions.forEach(attention -> known.add(name(attention)));
        for (String name : blocks.keySet()) {
            boolean there =
                    name.equals(ALL)
                            || known.stream()
                                    .anyMatch(k -> k.equals(name) || k.startsWith(name + "."));
            Preconditions.checkArgument(
                    there,
                    "StyleScale: this UNet has no attention to text at %s, only at %s%s",
                    name,
                    known,
                    INSTANT_STYLE.containsValue(name)
                            ? "; style and layout are blocks of SDXL"
                            : "");
        }
    }

    /** Returns the strengths as {@link #parse} takes them with a scale of 1. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        blocks.forEach(
                (name, scale) ->
                        text.append(text.isEmpty() ? "" : ",")
                                .append(name)
                                .append('=')
                                .append(scale));
        return text.toString();
    }
}
