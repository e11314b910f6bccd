package io.github.icthp.diffusion;

import io.github.icthp.diffusion.schedule.FlowMatchEulerScheduler;
import io.github.icthp.diffusion.schedule.FlowMatchSchedule;
import io.github.icthp.weights.WeightsFormatException;

/** The families of models that a {@link DiffusionPipeline} samples. */
public enum ModelFamily {
    /** Stable Diffusion 3 and 3.5: two CLIPs and T5, classifier-free guidance. */
    SD3("StableDiffusion3Pipeline", "SD3 or SD3.5") {
        @Override
        public FlowMatchSchedule schedule(
                FlowMatchEulerScheduler scheduler, int steps, int imageTokens) {
            return scheduler.betweenTrainingEnds(steps, imageTokens);
        }
    },
    /** FLUX.1: CLIP and T5, guidance distilled into the model or none. */
    FLUX("FluxPipeline", "FLUX.1") {
        @Override
        public FlowMatchSchedule schedule(
                FlowMatchEulerScheduler scheduler, int steps, int imageTokens) {
            return scheduler.fromOne(steps, imageTokens);
        }
    };

    /** Side of a patch or token of both families' transformers, in latents. */
    static final int PATCH = 2;

    private final String pipelineClass;
    private final String title;

    ModelFamily(String pipelineClass, String title) {
        this.pipelineClass = pipelineClass;
        this.title = title;
    }

    /** Returns what people call the family. */
    String title() {
        return title;
    }

    /**
     * Returns the family's schedule.
     *
     * @param scheduler the model's scheduler
     * @param steps number of steps
     * @param imageTokens tokens that the picture becomes
     * @return timesteps and noise levels
     */
    public abstract FlowMatchSchedule schedule(
            FlowMatchEulerScheduler scheduler, int steps, int imageTokens);

    /**
     * Finds the family of a pipeline's class in {@code model_index.json}.
     *
     * @param pipelineClass diffusers' name of the class
     * @param source what messages call the file
     * @return the family
     * @throws WeightsFormatException if it is none of these
     */
    static ModelFamily of(String pipelineClass, String source) {
        for (ModelFamily family : values()) {
            if (family.pipelineClass.equals(pipelineClass)) {
                return family;
            }
        }
        throw new WeightsFormatException(
                "DiffusionPipeline: "
                        + source
                        + ": expected _class_name StableDiffusion3Pipeline or FluxPipeline, got '"
                        + pipelineClass
                        + "'");
    }
}
