package io.github.icthp.diffusion.schedule;

import com.google.common.base.Preconditions;

import io.github.icthp.weights.ConfigFile;

import java.nio.file.Path;
import java.util.Locale;

/**
 * The noise that a denoising diffusion model (SD1.5, SDXL) was trained on and how it is sampled.
 *
 * @param trainTimesteps timesteps in training
 * @param betaStart variance added at the first timestep
 * @param betaEnd variance added at the last timestep
 * @param scaledLinear whether the square root of beta is linear in the timestep, or beta itself
 * @param spacing which timesteps are used
 * @param stepsOffset what is added to timesteps of {@link Spacing#LEADING}
 * @param prediction what the model predicts
 * @param alphaToOne whether DDIM's last step ends without noise, or at the first timestep's
 * @param karras whether Euler's noise levels follow Karras et al. 2022, equation 5
 */
public record NoiseConfig(
        int trainTimesteps,
        double betaStart,
        double betaEnd,
        boolean scaledLinear,
        Spacing spacing,
        int stepsOffset,
        Prediction prediction,
        boolean alphaToOne,
        boolean karras) {

    /** Which of the training timesteps are used (Lin et al. 2023, table 2). */
    public enum Spacing {
        /** Evenly from the first, the last left out. */
        LEADING,
        /** Evenly from the last, the first left out. */
        TRAILING,
        /** Evenly from the first to the last. */
        LINSPACE
    }

    /** What a model predicts. */
    public enum Prediction {
        /** The noise in the sample. */
        EPSILON,
        /** The mixture of noise and picture of Salimans and Ho 2022, section 2.4. */
        V_PREDICTION
    }

    /**
     * Returns Stable Diffusion 1.5's noise, sampled by DDIM.
     *
     * @return the preset
     */
    public static NoiseConfig sd15() {
        return new NoiseConfig(
                1000, 0.00085, 0.012, true, Spacing.LEADING, 1, Prediction.EPSILON, false, false);
    }

    /**
     * Returns SDXL's noise, sampled by Euler.
     *
     * @return the preset
     */
    public static NoiseConfig sdxl() {
        return sd15();
    }

    /**
     * Reads a {@code scheduler_config.json} as diffusers' DDIMScheduler does.
     *
     * @param file the file; another scheduler may have written it
     * @return its values
     * @throws IllegalArgumentException if it asks for something that is not supported
     */
    public static NoiseConfig readForDdim(Path file) {
        ConfigFile json = ConfigFile.read(file);
        requireFlag(json, "clip_sample", true);
        return read(json, Spacing.LEADING);
    }

    /**
     * Reads a {@code scheduler_config.json} as diffusers' EulerDiscreteScheduler does.
     *
     * @param file the file; another scheduler may have written it
     * @return its values
     * @throws IllegalArgumentException if it asks for something that is not supported
     */
    public static NoiseConfig readForEuler(Path file) {
        ConfigFile json = ConfigFile.read(file);
        requireFlag(json, "use_exponential_sigmas", false);
        requireFlag(json, "use_beta_sigmas", false);
        requireText(json, "interpolation_type", "linear");
        requireText(json, "final_sigmas_type", "zero");
        requireText(json, "timestep_type", "discrete");
        return read(json, Spacing.LINSPACE);
    }

    private static NoiseConfig read(ConfigFile json, Spacing spacing) {
        String betas = json.text("beta_schedule", "linear");
        Preconditions.checkArgument(
                betas.equals("linear") || betas.equals("scaled_linear"),
                "%s: expected beta_schedule linear or scaled_linear, got %s",
                json.source(),
                betas);
        requireFlag(json, "thresholding", false);
        requireFlag(json, "rescale_betas_zero_snr", false);
        return new NoiseConfig(
                json.integer("num_train_timesteps", 1000),
                json.number("beta_start", 0.0001),
                json.number("beta_end", 0.02),
                betas.equals("scaled_linear"),
                value(json, "timestep_spacing", spacing),
                json.integer("steps_offset", 0),
                value(json, "prediction_type", Prediction.EPSILON),
                json.flag("set_alpha_to_one", true),
                json.flag("use_karras_sigmas", false));
    }

    private static void requireFlag(ConfigFile json, String name, boolean otherwise) {
        Preconditions.checkArgument(
                !json.flag(name, otherwise),
                "%s: %s is not supported, expected false",
                json.source(),
                name);
    }

    private static void requireText(ConfigFile json, String name, String supported) {
        String text = json.text(name, supported);
        Preconditions.checkArgument(
                text.equals(supported),
                "%s: %s %s is not supported, expected %s",
                json.source(),
                name,
                text,
                supported);
    }

    private static <E extends Enum<E>> E value(ConfigFile json, String name, E otherwise) {
        String text = json.text(name, otherwise.name());
        try {
            return Enum.valueOf(otherwise.getDeclaringClass(), text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    json.source() + ": " + name + " " + text + " is not supported", e);
        }
    }

    /**
     * Returns how much of the picture is left at each training timestep (Ho et al. 2020, section
     * 2).
     *
     * @return the products of all 1 - beta up to each timestep
     */
    public float[] alphaProducts() {
        float start = (float) (scaledLinear ? Math.sqrt(betaStart) : betaStart);
        float end = (float) (scaledLinear ? Math.sqrt(betaEnd) : betaEnd);
        int n = trainTimesteps;
        float step = (end - start) / (n - 1);
        float[] products = new float[n];
        double product = 1;
        for (int i = 0; i < n; i++) {
            float root = i < n / 2 ? start + step * i : end - step * (n - i - 1);
            float beta = scaledLinear ? root * root : root;
            product *= 1 - beta;
            products[i] = (float) product;
        }
        return products;
    }

    /**
     * Returns the timesteps at which the model is asked.
     *
     * @param steps number of steps
     * @return the timesteps, falling
     */
    double[] timesteps(int steps) {
        Preconditions.checkArgument(
                steps > 0 && steps <= trainTimesteps,
                "scheduler: expected 1..%s steps, got %s",
                trainTimesteps,
                steps);
        int stride = trainTimesteps / steps;
        double[] timesteps = new double[steps];
        double[] even = Arrays32.linspace(0, trainTimesteps - 1.0, steps);
        for (int i = 0; i < steps; i++) {
            timesteps[i] =
                    switch (spacing) {
                        case LEADING -> (steps - 1 - i) * stride + stepsOffset;
                        case TRAILING ->
                                Math.rint(trainTimesteps - i * ((double) trainTimesteps / steps))
                                        - 1;
                        case LINSPACE -> even[steps - 1 - i];
                    };
        }
        return timesteps;
    }
}
