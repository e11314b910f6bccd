package io.github.icthp.diffusion;

import io.github.icthp.weights.WeightsFormatException;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The families of models that a {@link DiffusionPipeline} samples. */
public enum ModelFamily {
    /** Stable Diffusion 3 and 3.5: two CLIPs and T5, classifier-free guidance. */
    SD3("StableDiffusion3Pipeline", "SD3 or SD3.5", "transformer", 0),
    /** FLUX.1: CLIP and T5, guidance distilled into the model or none. */
    FLUX("FluxPipeline", "FLUX.1", "transformer", 0),
    /** Stable Diffusion 1.4, 1.5, 2 and 2.1: a UNet and one CLIP, classifier-free guidance. */
    SD15("StableDiffusionPipeline", "SD1 or SD2", "unet", 7.5),
    /** The base model of Stable Diffusion XL: a UNet that is told sizes, and two CLIPs. */
    SDXL("StableDiffusionXLPipeline", "SDXL", "unet", 5);

    /** Side of a patch or token of the transformers, in latents. */
    static final int PATCH = 2;

    private final String pipelineClass;
    private final String title;
    private final String denoiser;
    private final double usualGuidance;

    ModelFamily(String pipelineClass, String title, String denoiser, double usualGuidance) {
        this.pipelineClass = pipelineClass;
        this.title = title;
        this.denoiser = denoiser;
        this.usualGuidance = usualGuidance;
    }

    /** Returns what people call the family. */
    String title() {
        return title;
    }

    /**
     * Returns what diffusers calls the network that denoises: its folder, and what begins its names
     * in adapter files.
     *
     * @return {@code transformer} or {@code unet}
     */
    public String denoiser() {
        return denoiser;
    }

    /** Returns the scale of classifier-free guidance where none is asked for; 0 for none. */
    double usualGuidance() {
        return usualGuidance;
    }

    /** Says whether guidance means classifier-free guidance. */
    boolean guidesClassifierFree() {
        return this != FLUX;
    }

    /** Says whether the network is told the sizes of pictures. */
    boolean takesSizes() {
        return this == SDXL;
    }

    /** Says whether attention to text can read reference pictures, too. */
    boolean takesStyles() {
        return this == SD15 || this == SDXL;
    }

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
                        + ": expected _class_name "
                        + Arrays.stream(values())
                                .map(family -> family.pipelineClass)
                                .collect(Collectors.joining(", "))
                        + ", got '"
                        + pipelineClass
                        + "'");
    }
}
