package io.github.icthp.diffusion.lora;

import com.google.common.base.Preconditions;

import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Which linear layers are adapted, by PEFT's rules: a name matches a layer whose path is that name
 * or ends with it after a dot, so {@code to_q} also matches {@code attn2.to_q} and {@code
 * attn.to_q} does not; a pattern must match a whole path.
 *
 * @param names names of layers, without dots at their ends
 * @param pattern a regular expression in place of names; empty for none
 */
public record LoraTargets(List<String> names, String pattern) {

    /**
     * Checks the targets.
     *
     * @param names names of layers
     * @param pattern a regular expression in place of names; empty for none
     * @throws IllegalArgumentException if there are neither names nor a pattern, or both, or the
     *     pattern is not a regular expression
     */
    public LoraTargets {
        names = List.copyOf(names);
        Preconditions.checkArgument(
                names.isEmpty() != pattern.isEmpty(),
                "LoraTargets: expected names or a pattern, got %s and '%s'",
                names,
                pattern);
        try {
            Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "LoraTargets: '" + pattern + "' is no regular expression: " + e.getMessage(),
                    e);
        }
    }

    /**
     * Names layers.
     *
     * @param names their names
     * @return the targets
     */
    public static LoraTargets of(String... names) {
        return of(List.of(names));
    }

    /**
     * Names layers.
     *
     * @param names their names
     * @return the targets
     */
    public static LoraTargets of(Collection<String> names) {
        return new LoraTargets(List.copyOf(names), "");
    }

    /**
     * Describes layers by a regular expression.
     *
     * @param pattern matches whole paths
     * @return the targets
     */
    public static LoraTargets matching(String pattern) {
        return new LoraTargets(List.of(), pattern);
    }

    /**
     * Returns the projections of image tokens in every attention, which is what the usual training
     * scripts adapt.
     *
     * @return {@code to_q}, {@code to_k}, {@code to_v} and {@code to_out.0}
     */
    public static LoraTargets attention() {
        return of("to_q", "to_k", "to_v", "to_out.0");
    }

    /**
     * Returns the projections of image and text tokens in the joint attention.
     *
     * @return the four projections of each stream
     */
    public static LoraTargets jointAttention() {
        return of(
                "attn.to_q",
                "attn.to_k",
                "attn.to_v",
                "attn.to_out.0",
                "attn.add_q_proj",
                "attn.add_k_proj",
                "attn.add_v_proj",
                "attn.to_add_out");
    }

    /**
     * Returns every linear layer of the blocks.
     *
     * @return a pattern that matches all layers that may be adapted in numbered blocks
     */
    public static LoraTargets allBlocks() {
        return matching(".*blocks\\.\\d+\\..*");
    }

    /**
     * Returns every linear layer, the embeddings of pictures, text and time among them, and the
     * last layer; of SD3 not the convolution that embeds pictures, as for PEFT's {@code
     * all-linear}.
     *
     * @return a pattern that matches them
     */
    public static LoraTargets allLinear() {
        return matching("(?!pos_embed\\.).*");
    }

    /**
     * Chooses among layers.
     *
     * @param paths the paths of a transformer's layers
     * @return those that are adapted, in their order
     * @throws IllegalArgumentException if a name, or the pattern, matches none of them
     */
    public List<String> among(Collection<String> paths) {
        List<String> idle =
                names.stream().filter(name -> paths.stream().noneMatch(named(name))).toList();
        List<String> adapted = paths.stream().filter(this::matches).toList();
        Preconditions.checkArgument(
                idle.isEmpty() && !adapted.isEmpty(),
                "LoraTargets: no linear layer of this transformer matches %s; there are %s",
                idle.isEmpty() ? pattern : idle,
                kinds(paths));
        return adapted;
    }

    private static Predicate<String> named(String name) {
        return path -> path.equals(name) || path.endsWith("." + name);
    }

    /** The layers' names without their blocks, each once. */
    private static List<String> kinds(Collection<String> paths) {
        return paths.stream()
                .map(path -> path.replaceFirst("^.*blocks\\.\\d+\\.", ""))
                .distinct()
                .toList();
    }

    /**
     * Says whether a layer is adapted.
     *
     * @param path the layer's path, for example {@code transformer_blocks.0.attn.to_q}
     * @return true if a name or the pattern matches it
     */
    public boolean matches(String path) {
        if (!pattern.isEmpty()) {
            return Pattern.matches(pattern, path);
        }
        return names.stream().anyMatch(name -> named(name).test(path));
    }
}
