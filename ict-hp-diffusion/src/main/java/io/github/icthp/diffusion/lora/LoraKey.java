package io.github.icthp.diffusion.lora;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a tensor in an adapter file.
 *
 * @param module the layer, as the file calls it
 * @param part which tensor of its adapter
 */
record LoraKey(String module, Part part) {

    enum Part {
        /** lora_A (r, in). */
        DOWN,
        /** lora_B (out, r). */
        UP,
        /** A scalar. */
        ALPHA
    }

    private static final Map<String, Part> SUFFIXES =
            Map.of(
                    "lora_A.weight", Part.DOWN,
                    "lora_B.weight", Part.UP,
                    "lora_A.default.weight", Part.DOWN,
                    "lora_B.default.weight", Part.UP,
                    "lora_down.weight", Part.DOWN,
                    "lora_up.weight", Part.UP,
                    "lora.down.weight", Part.DOWN,
                    "lora.up.weight", Part.UP,
                    "alpha", Part.ALPHA);

    /** {@code unet:3:down}: component, number and side. */
    private static final Pattern NUMBERED = Pattern.compile("(\\w+:\\d+):(down|up)");

    /** Reads a name; empty if it is not one of an adapter's tensor. */
    static Optional<LoraKey> parse(String name) {
        Matcher numbered = NUMBERED.matcher(name);
        if (numbered.matches()) {
            Part part = numbered.group(2).equals("up") ? Part.UP : Part.DOWN;
            return Optional.of(new LoraKey(numbered.group(1), part));
        }
        return SUFFIXES.entrySet().stream()
                .filter(suffix -> name.endsWith("." + suffix.getKey()))
                .map(
                        suffix -> {
                            int end = name.length() - suffix.getKey().length() - 1;
                            return new LoraKey(name.substring(0, end), suffix.getValue());
                        })
                .findFirst();
    }
}
