package io.github.icthp.diffusion.schedule;

import com.google.common.base.Preconditions;

import io.github.icthp.weights.ConfigFile;

import java.nio.file.Path;
import java.util.List;

/**
 * The noise levels that a flow-matching model was trained on.
 *
 * @param trainTimesteps timesteps in training; a timestep is sigma times this
 * @param shift static shift of sigmas towards noise (Esser et al. 2024, equation 23)
 * @param dynamic whether sigmas are shifted by the number of image tokens instead
 * @param baseShift mu at baseTokens
 * @param maxShift mu at maxTokens
 * @param baseTokens image tokens at which mu is baseShift
 * @param maxTokens image tokens at which mu is maxShift
 */
public record FlowMatchConfig(
        int trainTimesteps,
        double shift,
        boolean dynamic,
        double baseShift,
        double maxShift,
        int baseTokens,
        int maxTokens) {

    /**
     * Checks the values.
     *
     * @param trainTimesteps timesteps in training
     * @param shift static shift of sigmas towards noise
     * @param dynamic whether sigmas are shifted by the number of image tokens instead
     * @param baseShift mu at baseTokens
     * @param maxShift mu at maxTokens
     * @param baseTokens image tokens at which mu is baseShift
     * @param maxTokens image tokens at which mu is maxShift
     * @throws IllegalArgumentException if a value is out of range
     */
    public FlowMatchConfig {
        Preconditions.checkArgument(
                trainTimesteps > 0 && shift > 0 && maxTokens > baseTokens,
                "FlowMatchConfig: expected positive timesteps and shift and more tokens at most than"
                        + " at base, got %s, %s, %s and %s",
                trainTimesteps,
                shift,
                maxTokens,
                baseTokens);
    }

    /**
     * Returns the schedule of SD3 and SD3.5, turbo models included.
     *
     * @return shift 3
     */
    public static FlowMatchConfig sd3() {
        return shifted(3, false);
    }

    /**
     * Returns FLUX.1-schnell's schedule.
     *
     * @return no shift
     */
    public static FlowMatchConfig fluxSchnell() {
        return shifted(1, false);
    }

    /**
     * Returns FLUX.1-dev's schedule.
     *
     * @return shifted by the number of image tokens
     */
    public static FlowMatchConfig fluxDev() {
        return shifted(3, true);
    }

    private static FlowMatchConfig shifted(double shift, boolean dynamic) {
        return new FlowMatchConfig(1000, shift, dynamic, 0.5, 1.15, 256, 4096);
    }

    /**
     * Reads the {@code scheduler_config.json} of diffusers' FlowMatchEulerDiscreteScheduler.
     *
     * @param file the file
     * @return its values
     * @throws IllegalArgumentException if it asks for what SD3 and FLUX never use
     */
    public static FlowMatchConfig read(Path file) {
        ConfigFile json = ConfigFile.read(file);
        for (String key :
                List.of(
                        "invert_sigmas",
                        "use_karras_sigmas",
                        "use_exponential_sigmas",
                        "use_beta_sigmas",
                        "stochastic_sampling")) {
            Preconditions.checkArgument(
                    !json.flag(key, false), "%s: %s is not supported, expected false", file, key);
        }
        Preconditions.checkArgument(
                json.number("shift_terminal", 0) == 0
                        && json.text("time_shift_type", "exponential").equals("exponential"),
                "%s: expected no shift_terminal and time_shift_type exponential",
                file);
        FlowMatchConfig standard = fluxSchnell();
        return new FlowMatchConfig(
                json.integer("num_train_timesteps", standard.trainTimesteps),
                json.number("shift", standard.shift),
                json.flag("use_dynamic_shifting", false),
                json.number("base_shift", standard.baseShift),
                json.number("max_shift", standard.maxShift),
                json.integer("base_image_seq_len", standard.baseTokens),
                json.integer("max_image_seq_len", standard.maxTokens));
    }

    /**
     * Returns the dynamic shift for a picture's size.
     *
     * @param imageTokens tokens that the picture becomes
     * @return mu, linear in the tokens
     */
    public double mu(int imageTokens) {
        double slope = (maxShift - baseShift) / (maxTokens - baseTokens);
        return imageTokens * slope + (baseShift - slope * baseTokens);
    }
}
