package io.github.icthp.diffusion.schedule;

import com.google.common.base.Preconditions;

import io.github.icthp.weights.ConfigFile;

import java.nio.file.Path;

/**
 * The noise that a denoising diffusion model (SD1.5, SD2, SDXL) was trained on.
 *
 * @param trainTimesteps timesteps in training
 * @param betaStart variance added at the first timestep
 * @param betaEnd variance added at the last timestep
 * @param scaledLinear whether the square root of beta is linear in the timestep, or beta itself
 * @param zeroSnr whether the betas are rescaled so that nothing of the picture is left at the last
 *     timestep (Lin et al. 2023, algorithm 1)
 * @param prediction what the model predicts
 */
public record NoiseConfig(
        int trainTimesteps,
        double betaStart,
        double betaEnd,
        boolean scaledLinear,
        boolean zeroSnr,
        Prediction prediction) {

    /** What a model predicts. */
    public enum Prediction {
        /** The noise in the sample. */
        EPSILON,
        /** The mixture of noise and picture of Salimans and Ho 2022, section 2.4. */
        V_PREDICTION
    }

    /**
     * Checks the values.
     *
     * @param trainTimesteps timesteps in training
     * @param betaStart variance added at the first timestep
     * @param betaEnd variance added at the last timestep
     * @param scaledLinear whether the square root of beta is linear in the timestep
     * @param zeroSnr whether the betas are rescaled to end without picture
     * @param prediction what the model predicts
     * @throws IllegalArgumentException if a value is out of range
     */
    public NoiseConfig {
        Preconditions.checkArgument(
                trainTimesteps > 1 && 0 < betaStart && betaStart <= betaEnd && betaEnd < 1,
                "NoiseConfig: expected timesteps above 1 and 0 < betaStart <= betaEnd < 1, got %s, %s"
                        + " and %s",
                trainTimesteps,
                betaStart,
                betaEnd);
        Preconditions.checkArgument(
                !zeroSnr || prediction == Prediction.V_PREDICTION,
                "NoiseConfig: rescale_betas_zero_snr leaves no picture at the last timestep, where"
                        + " noise tells nothing; expected prediction_type v_prediction, got %s",
                prediction);
    }

    /**
     * Returns the noise of Stable Diffusion 1.5 and SDXL.
     *
     * @return the preset
     */
    public static NoiseConfig sd15() {
        return new NoiseConfig(1000, 0.00085, 0.012, true, false, Prediction.EPSILON);
    }

    /**
     * Reads the model's part of a {@code scheduler_config.json}, which is the same whatever
     * scheduler wrote it.
     *
     * @param file the file
     * @return its values
     * @throws IllegalArgumentException if it asks for something that is not supported
     */
    public static NoiseConfig read(Path file) {
        return read(ConfigFile.read(file));
    }

    static NoiseConfig read(ConfigFile json) {
        String betas = json.text("beta_schedule", "linear");
        Preconditions.checkArgument(
                betas.equals("linear") || betas.equals("scaled_linear"),
                "%s: expected beta_schedule linear or scaled_linear, got %s",
                json.source(),
                betas);
        Preconditions.checkArgument(
                !json.has("trained_betas"), "%s: trained_betas are not supported", json.source());
        return new NoiseConfig(
                json.integer("num_train_timesteps", 1000),
                json.number("beta_start", 0.0001),
                json.number("beta_end", 0.02),
                betas.equals("scaled_linear"),
                json.flag("rescale_betas_zero_snr", false),
                NoiseScheduler.value(json, "prediction_type", Prediction.EPSILON));
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
        return zeroSnr ? rescaled(products) : products;
    }

    private static float[] rescaled(float[] products) {
        double first = Math.sqrt(products[0]);
        double last = Math.sqrt(products[products.length - 1]);
        float[] rescaled = new float[products.length];
        for (int i = 0; i < products.length; i++) {
            double root = (Math.sqrt(products[i]) - last) * first / (first - last);
            rescaled[i] = (float) (root * root);
        }
        return rescaled;
    }

    /** Returns the ratio of noise to picture at each training timestep. */
    float[] sigmas() {
        float[] alphas = alphaProducts();
        float[] sigmas = new float[alphas.length];
        for (int i = 0; i < sigmas.length; i++) {
            sigmas[i] = (float) Math.sqrt((1 - alphas[i]) / alphas[i]);
        }
        return sigmas;
    }
}
