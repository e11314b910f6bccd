package io.github.icthp.diffusion.schedule;

import com.google.common.base.Preconditions;

import io.github.icthp.weights.ConfigFile;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How a denoising diffusion model is sampled: a method, its settings, and the model's noise.
 *
 * @param noise what the model was trained on
 * @param method the method
 * @param spacing which timesteps are used
 * @param stepsOffset what is added to timesteps of {@link Spacing#LEADING}
 * @param alphaToOne whether the last step of DDIM and PNDM ends without noise, or at that of the
 *     first timestep
 * @param karras whether noise levels follow Karras et al. 2022, equation 5; Euler's and
 *     DPM-Solver's may
 * @param eta how much of DDIM's noise is fresh at each step, 0 for none to 1 for that of DDPM (Song
 *     et al. 2021, equation 16)
 */
public record NoiseScheduler(
        NoiseConfig noise,
        Method method,
        Spacing spacing,
        int stepsOffset,
        boolean alphaToOne,
        boolean karras,
        double eta) {

    private static final String KARRAS_SUFFIX = "_karras";

    /** Which of the training timesteps are used (Lin et al. 2023, table 2). */
    public enum Spacing {
        /** Evenly from the first, the last left out. */
        LEADING,
        /** Evenly from the last, the first left out. */
        TRAILING,
        /** Evenly from the first to the last. */
        LINSPACE
    }

    /** A method of sampling. */
    public enum Method {
        /** Song et al. 2021 (arXiv 2010.02502), equation 12. */
        DDIM("DDIMScheduler", Spacing.LEADING),
        /** Liu et al. 2022 (arXiv 2202.09778), with a first step of second order. */
        PNDM("PNDMScheduler", Spacing.LEADING),
        /** Karras et al. 2022 (arXiv 2206.00364), algorithm 1 without its correction. */
        EULER("EulerDiscreteScheduler", Spacing.LINSPACE),
        /** Euler's steps further down than the next noise level, and fresh noise up to it. */
        EULER_ANCESTRAL("EulerAncestralDiscreteScheduler", Spacing.LINSPACE),
        /** DPM-Solver++ 2M: Lu et al. 2022 (arXiv 2211.01095), algorithm 2. */
        DPM_2M("DPMSolverMultistepScheduler", Spacing.LINSPACE),
        /** The stochastic variant of {@link #DPM_2M} (appendix A there). */
        DPM_2M_SDE("DPMSolverMultistepScheduler", Spacing.LINSPACE);

        private final String schedulerClass;
        private final Spacing spacing;

        Method(String schedulerClass, Spacing spacing) {
            this.schedulerClass = schedulerClass;
            this.spacing = spacing;
        }

        boolean mayBeKarras() {
            return this == EULER || this == DPM_2M || this == DPM_2M_SDE;
        }
    }

    /**
     * Checks the settings.
     *
     * @param noise what the model was trained on
     * @param method the method
     * @param spacing which timesteps are used
     * @param stepsOffset what is added to timesteps of {@link Spacing#LEADING}
     * @param alphaToOne whether the last step of DDIM and PNDM ends without noise
     * @param karras whether noise levels follow Karras et al. 2022
     * @param eta how much of DDIM's noise is fresh at each step
     * @throws IllegalArgumentException if they do not go together
     */
    public NoiseScheduler {
        Preconditions.checkArgument(
                !karras || method.mayBeKarras(),
                "NoiseScheduler: %s has no Karras noise levels; EULER, DPM_2M and DPM_2M_SDE have",
                method);
        Preconditions.checkArgument(
                eta == 0 || (method == Method.DDIM && eta > 0 && eta <= 1),
                "NoiseScheduler: eta must be 0, or in 0..1 for DDIM, got %s for %s",
                eta,
                method);
        Preconditions.checkArgument(
                !noise.zeroSnr() || method == Method.DDIM,
                "NoiseScheduler: rescale_betas_zero_snr is supported for DDIM only, got %s",
                method);
    }

    /**
     * Returns the sampler of a {@code scheduler_config.json}.
     *
     * @param file the file, as diffusers writes it
     * @return the scheduler that it names
     * @throws IllegalArgumentException if it asks for something that is not supported
     */
    public static NoiseScheduler read(Path file) {
        ConfigFile json = ConfigFile.read(file);
        String name = json.text("_class_name", "");
        List<Method> found =
                Arrays.stream(Method.values())
                        .filter(method -> method.schedulerClass.equals(name))
                        .toList();
        Preconditions.checkArgument(
                !found.isEmpty(),
                "%s: expected _class_name %s, got '%s'",
                file,
                Arrays.stream(Method.values()).map(m -> m.schedulerClass).distinct().toList(),
                name);
        boolean stochastic = json.text("algorithm_type", "").startsWith("sde");
        return read(json, found.get(stochastic ? found.size() - 1 : 0));
    }

    /**
     * Returns another sampler of a {@code scheduler_config.json}, as diffusers' {@code from_config}
     * makes it: what the file does not say is the method's own default, not that of the scheduler
     * which wrote the file.
     *
     * @param file the file; any scheduler may have written it
     * @param name a {@link Method} in any case, for example {@code euler}; with {@code _karras}
     *     after it for Karras et al.'s noise levels
     * @return the scheduler
     * @throws IllegalArgumentException if there is no such method, or the file asks for something
     *     that is not supported
     */
    public static NoiseScheduler read(Path file, String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        boolean karras = lower.endsWith(KARRAS_SUFFIX);
        String plain = karras ? lower.substring(0, lower.length() - KARRAS_SUFFIX.length()) : lower;
        Method method =
                Arrays.stream(Method.values())
                        .filter(m -> m.name().equalsIgnoreCase(plain))
                        .findFirst()
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "NoiseScheduler: expected one of "
                                                        + Arrays.toString(Method.values())
                                                        + " in any case, or with _karras, got '"
                                                        + name
                                                        + "'"));
        NoiseScheduler read = read(ConfigFile.read(file), method);
        return karras ? read.withKarras(true) : read;
    }

    private static NoiseScheduler read(ConfigFile json, Method method) {
        requireSupported(json, method);
        return new NoiseScheduler(
                NoiseConfig.read(json),
                method,
                value(json, "timestep_spacing", method.spacing),
                json.integer("steps_offset", 0),
                json.flag("set_alpha_to_one", method == Method.DDIM),
                method.mayBeKarras() && json.flag("use_karras_sigmas", false),
                0);
    }

    private static void requireSupported(ConfigFile json, Method method) {
        requireFlag(json, "thresholding", false, false);
        requireFlag(json, "use_exponential_sigmas", false, false);
        requireFlag(json, "use_beta_sigmas", false, false);
        switch (method) {
            case DDIM -> requireFlag(json, "clip_sample", true, false);
            case PNDM ->
                    requireFlag(
                            json,
                            "skip_prk_steps",
                            !json.text("_class_name", "").equals(method.schedulerClass),
                            true);
            case EULER -> {
                requireText(json, "interpolation_type", "linear");
                requireText(json, "timestep_type", "discrete");
                requireText(json, "final_sigmas_type", "zero");
            }
            case EULER_ANCESTRAL -> {}
            case DPM_2M, DPM_2M_SDE -> {
                requireText(json, "solver_type", "midpoint");
                requireText(json, "final_sigmas_type", "zero");
                requireFlag(json, "use_lu_lambdas", false, false);
                requireFlag(json, "use_flow_sigmas", false, false);
                requireFlag(json, "euler_at_final", false, false);
                Preconditions.checkArgument(
                        json.integer("solver_order", 2) == 2
                                && json.text("algorithm_type", "dpmsolver++").endsWith("++"),
                        "%s: expected solver_order 2 and algorithm_type dpmsolver++ or"
                                + " sde-dpmsolver++",
                        json.source());
            }
        }
    }

    private static void requireFlag(
            ConfigFile json, String name, boolean otherwise, boolean supported) {
        Preconditions.checkArgument(
                json.flag(name, otherwise) == supported,
                "%s: %s %s is not supported, expected %s%s",
                json.source(),
                name,
                !supported,
                supported,
                json.has(name) ? "" : " (left out, it means " + otherwise + ")");
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

    static <E extends Enum<E>> E value(ConfigFile json, String name, E otherwise) {
        String text = json.text(name, otherwise.name());
        try {
            return Enum.valueOf(otherwise.getDeclaringClass(), text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    json.source() + ": " + name + " " + text + " is not supported", e);
        }
    }

    /**
     * Returns the same with or without Karras et al.'s noise levels.
     *
     * @param value whether noise levels follow them
     * @return the new scheduler
     */
    public NoiseScheduler withKarras(boolean value) {
        return new NoiseScheduler(noise, method, spacing, stepsOffset, alphaToOne, value, eta);
    }

    /**
     * Returns the same with fresh noise at each of DDIM's steps.
     *
     * @param value 0..1
     * @return the new scheduler
     */
    public NoiseScheduler withEta(double value) {
        return new NoiseScheduler(noise, method, spacing, stepsOffset, alphaToOne, karras, value);
    }

    /**
     * Plans a run.
     *
     * @param steps number of steps
     * @return its steps
     * @throws IllegalArgumentException if the model was trained on fewer timesteps
     */
    public NoiseSchedule schedule(int steps) {
        Preconditions.checkArgument(
                steps > 0 && steps < noise.trainTimesteps(),
                "scheduler: expected 1..%s steps, got %s",
                noise.trainTimesteps() - 1,
                steps);
        return switch (method) {
            case DDIM -> AlphaSteps.ddim(this, steps);
            case PNDM -> AlphaSteps.pndm(this, steps);
            case EULER, EULER_ANCESTRAL -> EulerSteps.schedule(this, steps);
            case DPM_2M, DPM_2M_SDE -> DpmSteps.schedule(this, steps);
        };
    }

    /** Returns evenly spaced timesteps, falling. */
    double[] timesteps(int steps) {
        int n = noise.trainTimesteps();
        double[] even = Arrays32.linspace(0, n - 1.0, steps);
        double[] timesteps = new double[steps];
        for (int i = 0; i < steps; i++) {
            timesteps[i] =
                    switch (spacing) {
                        case LEADING -> (steps - 1 - i) * (n / steps) + stepsOffset;
                        case TRAILING -> Math.rint(n - i * ((double) n / steps)) - 1;
                        case LINSPACE -> even[steps - 1 - i];
                    };
        }
        return timesteps;
    }
}
