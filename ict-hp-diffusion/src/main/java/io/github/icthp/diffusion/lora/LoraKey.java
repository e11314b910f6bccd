package io.github.icthp.diffusion.lora;

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
        ALPHA,
        /** lora_B's bias (out). */
        BIAS,
        /** DoRA's length of each row of the matrix (out). */
        MAGNITUDE
    }

    /** PEFT's names, where the adapter's own name may stand before the last word. */
    private static final Pattern PEFT =
            Pattern.compile("(.+)\\.lora_([AB])(?:\\.[^.]+)?\\.(weight|bias)");

    /** Those of sd-scripts, and of diffusers before it used PEFT. */
    private static final Pattern DOWN_UP =
            Pattern.compile(
                    "(.+)\\.(?:lora_|lora\\.|lora_linear_layer\\.)(down|up)\\.(weight|bias)");

    /** Those of diffusers' first attention processors: {@code attn.processor.to_q_lora.down}. */
    private static final Pattern PROCESSOR =
            Pattern.compile(
                    "(.+?)(?:\\.processor)?(\\.to_(?:q|k|v|out))_lora\\.(down|up)\\.weight");

    /** Those of XLabs' trainer for FLUX.1: {@code double_blocks.0.processor.qkv_lora1.down}. */
    private static final Pattern XLABS =
            Pattern.compile(
                    "(?:diffusion_model\\.)?((?:double|single)_blocks\\.\\d+\\.processor\\."
                            + "(?:proj|qkv)_lora[12]?)\\.(down|up)\\.weight");

    private static final Pattern MAGNITUDE =
            Pattern.compile("(.+)\\.lora_magnitude_vector(?:\\.[^.]+)*");

    private static final Pattern ALPHA = Pattern.compile("(.+)\\.alpha");

    /** {@code unet:3:down}: component, number and side. */
    private static final Pattern NUMBERED = Pattern.compile("(\\w+:\\d+):(down|up)");

    /** Reads a name; empty if it is not one of an adapter's tensor. */
    static Optional<LoraKey> parse(String name) {
        Matcher m = XLABS.matcher(name);
        if (m.matches()) {
            return key(m.group(1), m.group(2), "weight");
        }
        m = PROCESSOR.matcher(name);
        if (m.matches()) {
            return key(m.group(1) + m.group(2), m.group(3), "weight");
        }
        for (Pattern pattern : new Pattern[] {PEFT, DOWN_UP}) {
            m = pattern.matcher(name);
            if (m.matches()) {
                return key(m.group(1), m.group(2), m.group(3));
            }
        }
        m = NUMBERED.matcher(name);
        if (m.matches()) {
            return key(m.group(1), m.group(2), "weight");
        }
        m = MAGNITUDE.matcher(name);
        if (m.matches()) {
            return Optional.of(new LoraKey(m.group(1), Part.MAGNITUDE));
        }
        m = ALPHA.matcher(name);
        return m.matches() ? Optional.of(new LoraKey(m.group(1), Part.ALPHA)) : Optional.empty();
    }

    /** Empty for lora_A's bias, which no trainer has. */
    private static Optional<LoraKey> key(String module, String side, String value) {
        boolean up = side.equals("B") || side.equals("up");
        if (value.equals("bias")) {
            return up ? Optional.of(new LoraKey(module, Part.BIAS)) : Optional.empty();
        }
        return Optional.of(new LoraKey(module, up ? Part.UP : Part.DOWN));
    }
}
