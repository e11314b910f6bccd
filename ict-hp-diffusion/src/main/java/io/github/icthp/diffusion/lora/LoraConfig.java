package io.github.icthp.diffusion.lora;

import com.google.common.base.Preconditions;

/**
 * How fresh adapters are made (Hu et al. 2021, LoRA, section 4).
 *
 * @param rank r, in 1..16384
 * @param alpha the scale is alpha / rank
 * @param targets which layers are adapted
 * @param dropout the share of a layer's inputs that its adapter does not see in training, in [0, 1)
 * @param init how lora_A begins; lora_B begins at 0, so that a fresh adapter changes nothing
 */
public record LoraConfig(
        int rank, double alpha, LoraTargets targets, double dropout, Initialization init) {

    /** Above the width of every layer of these models, where a higher rank adds nothing. */
    private static final int MAX_RANK = 16_384;

    /** How lora_A begins. */
    public enum Initialization {
        /** Uniform in ±1/√in: Kaiming's with a = √5, PEFT's default. */
        KAIMING_UNIFORM,
        /** Normal with standard deviation 1 / r, as diffusers' training scripts ask for. */
        GAUSSIAN
    }

    /**
     * Checks the settings.
     *
     * @param rank r
     * @param alpha the scale is alpha / rank
     * @param targets which layers are adapted
     * @param dropout the share of inputs that the adapter does not see in training
     * @param init how lora_A begins
     * @throws IllegalArgumentException if a number is out of its range
     */
    public LoraConfig {
        Preconditions.checkArgument(
                rank >= 1 && rank <= MAX_RANK,
                "LoraConfig: rank must be in 1..%s, got %s",
                MAX_RANK,
                rank);
        Preconditions.checkArgument(
                alpha > 0 && Double.isFinite(alpha),
                "LoraConfig: alpha must be finite and more than 0, got %s",
                alpha);
        Preconditions.checkArgument(
                dropout >= 0 && dropout < 1,
                "LoraConfig: dropout must be in [0, 1), got %s",
                dropout);
    }

    /**
     * Returns adapters of scale 1 on the attention projections, beginning as PEFT's do.
     *
     * @param rank r
     * @return the configuration
     */
    public static LoraConfig rank(int rank) {
        return new LoraConfig(
                rank, rank, LoraTargets.attention(), 0, Initialization.KAIMING_UNIFORM);
    }

    /**
     * Returns the same with another alpha.
     *
     * @param value the scale is this over the rank
     * @return the configuration
     */
    public LoraConfig withAlpha(double value) {
        return new LoraConfig(rank, value, targets, dropout, init);
    }

    /**
     * Returns the same for other layers.
     *
     * @param value which layers are adapted
     * @return the configuration
     */
    public LoraConfig withTargets(LoraTargets value) {
        return new LoraConfig(rank, alpha, value, dropout, init);
    }

    /**
     * Returns the same with dropout.
     *
     * @param value the share of inputs that the adapter does not see in training
     * @return the configuration
     */
    public LoraConfig withDropout(double value) {
        return new LoraConfig(rank, alpha, targets, value, init);
    }

    /**
     * Returns the same with another beginning.
     *
     * @param value how lora_A begins
     * @return the configuration
     */
    public LoraConfig withInit(Initialization value) {
        return new LoraConfig(rank, alpha, targets, dropout, value);
    }
}
