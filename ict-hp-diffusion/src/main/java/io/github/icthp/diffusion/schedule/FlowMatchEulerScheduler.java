package io.github.icthp.diffusion.schedule;

import com.google.common.base.Preconditions;

/**
 * Chooses the noise levels at which a flow-matching model is asked for velocities (Esser et al.
 * 2024, section 3; diffusers' FlowMatchEulerDiscreteScheduler).
 */
public final class FlowMatchEulerScheduler {

    private final FlowMatchConfig config;

    /**
     * Creates a scheduler.
     *
     * @param config what the model was trained on
     */
    public FlowMatchEulerScheduler(FlowMatchConfig config) {
        this.config = config;
    }

    /**
     * Returns what the model was trained on.
     *
     * @return the configuration
     */
    public FlowMatchConfig config() {
        return config;
    }

    /**
     * Returns the sigmas of training, from noise to picture.
     *
     * @return one a training timestep, shifted unless the shift is dynamic
     */
    public float[] trainingSigmas() {
        int n = config.trainTimesteps();
        float[] sigmas = new float[n];
        for (int i = 0; i < n; i++) {
            float sigma = (float) (n - i) / n;
            sigmas[i] = config.dynamic() ? sigma : shift(sigma);
        }
        return sigmas;
    }

    /**
     * Returns SD3's schedule: even steps between the ends of the training sigmas.
     *
     * <p>Those ends are shifted already and the steps between them are shifted again, as in the
     * pipeline that the models were published with: 8 steps of SD3 end at timestep 8.93.
     *
     * @param steps number of steps
     * @param imageTokens tokens that the picture becomes; they matter only to dynamic shift
     * @return the schedule
     */
    public FlowMatchSchedule betweenTrainingEnds(int steps, int imageTokens) {
        requireSteps(steps);
        int n = config.trainTimesteps();
        float[] training = trainingSigmas();
        double[] grid =
                Arrays32.linspace((double) training[0] * n, (double) training[n - 1] * n, steps);
        double e = Math.exp(config.mu(imageTokens));
        for (int i = 0; i < steps; i++) {
            double sigma = grid[i] / n;
            grid[i] =
                    config.dynamic()
                            ? e / (e + (1 / sigma - 1))
                            : config.shift() * sigma / (1 + (config.shift() - 1) * sigma);
        }
        return schedule(Arrays32.toFloats(grid));
    }

    /**
     * Returns FLUX's schedule: even steps from 1 to 1 / steps, shifted.
     *
     * @param steps number of steps
     * @param imageTokens tokens that the picture becomes; they matter only to dynamic shift
     * @return the schedule
     */
    public FlowMatchSchedule fromOne(int steps, int imageTokens) {
        requireSteps(steps);
        float[] sigmas = Arrays32.toFloats(Arrays32.linspace(1, 1.0 / steps, steps));
        float e = (float) Math.exp(config.mu(imageTokens));
        for (int i = 0; i < steps; i++) {
            sigmas[i] = config.dynamic() ? e / (e + (1 / sigmas[i] - 1)) : shift(sigmas[i]);
        }
        return schedule(sigmas);
    }

    private float shift(float sigma) {
        float shift = (float) config.shift();
        float excess = (float) (config.shift() - 1);
        return shift * sigma / (1 + excess * sigma);
    }

    private FlowMatchSchedule schedule(float[] sigmas) {
        float[] timesteps = new float[sigmas.length];
        float[] ended = new float[sigmas.length + 1];
        for (int i = 0; i < sigmas.length; i++) {
            ended[i] = sigmas[i];
            timesteps[i] = sigmas[i] * config.trainTimesteps();
        }
        return new FlowMatchSchedule(timesteps, ended);
    }

    private static void requireSteps(int steps) {
        Preconditions.checkArgument(
                steps > 0, "scheduler: expected at least 1 step, got %s", steps);
    }
}
