package io.github.icthp.diffusion;

import ai.djl.Device;

import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.schedule.Scheduler;
import io.github.icthp.diffusion.text.PromptEncoder;
import io.github.icthp.torch.DType;
import io.github.icthp.weights.Weights;

import java.util.Map;
import java.util.Optional;

/** What of a pipeline's folder depends on the model's family. */
interface FamilyFolder {

    /** Reads how the model is sampled. */
    Scheduler scheduler();

    /** Names the method of sampling, where there are several. */
    default Optional<String> sampling() {
        return Optional.empty();
    }

    /** Reads what the denoiser's configuration tells. */
    PipelineShape shape();

    /** Returns how many text tokens a prompt becomes. */
    int textTokens();

    /** Returns the CLIP encoders that adapters can be for: whether each has a projection. */
    Map<String, Boolean> textEncoders();

    /** Loads the text encoders. */
    PromptEncoder prompts(Opening opening);

    /** Loads the denoiser. */
    Denoiser load(Weights weights, Device device, DType type);

    /** Checks names and shapes of a denoiser's weights, in diffusers' or the authors' layout. */
    void check(Weights weights);

    /** Returns the family's folder. */
    static FamilyFolder of(PipelineFolder parts) {
        return switch (parts.family()) {
            case SD3 -> new Sd3Folder(parts);
            case FLUX -> new FluxFolder(parts);
            case SD15, SDXL -> new UNetFolder(parts);
        };
    }
}
