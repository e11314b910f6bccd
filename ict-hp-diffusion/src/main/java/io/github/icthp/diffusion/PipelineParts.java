package io.github.icthp.diffusion;

import ai.djl.Device;

import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.schedule.Scheduler;
import io.github.icthp.diffusion.text.PromptEncoder;
import io.github.icthp.diffusion.vae.LatentCodec;
import io.github.icthp.torch.DType;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a {@link DiffusionPipeline} is made of. Models are loaded one by one, when it needs them.
 */
public interface PipelineParts {

    /**
     * Returns what records call the model.
     *
     * @return for example its folder's name
     */
    String name();

    /**
     * Returns the model's family.
     *
     * @return the family
     */
    ModelFamily family();

    /**
     * Returns where the models live.
     *
     * @return the device
     */
    Device device();

    /**
     * Returns the type in which denoiser and codec compute.
     *
     * @return the type of the latents while they are denoised
     */
    DType type();

    /**
     * Returns the model's scheduler.
     *
     * @return the scheduler
     */
    Scheduler scheduler();

    /**
     * Returns what records call the method of sampling.
     *
     * @return empty where the family has only one
     */
    default Optional<String> sampling() {
        return Optional.empty();
    }

    /**
     * Returns the side of a picture whose size is not asked for.
     *
     * @return pixels
     */
    int side();

    /**
     * Returns the folder whose configurations tell the models' shapes.
     *
     * @return empty if the parts do not come from a folder
     */
    default Optional<Path> folder() {
        return Optional.empty();
    }

    /**
     * Returns how many text tokens a prompt becomes.
     *
     * @return empty if that is not known before prompts are encoded
     */
    default OptionalInt textTokens() {
        return OptionalInt.empty();
    }

    /**
     * Returns what configurations tell of the models.
     *
     * @return empty if that is not known before they are loaded
     */
    default Optional<PipelineShape> shape() {
        return Optional.empty();
    }

    /**
     * Loads the text encoders.
     *
     * @return new encoders, to be closed by the caller
     */
    PromptEncoder loadPromptEncoder();

    /**
     * Loads the transformer.
     *
     * @return a new transformer, to be closed by the caller
     */
    Denoiser loadTransformer();

    /**
     * Loads the autoencoder.
     *
     * @return a new codec, to be closed by the caller
     */
    LatentCodec loadCodec();

    /**
     * Writes everything but the transformer's weights as diffusers does: its index, scheduler, text
     * encoders, tokenizers, autoencoder, and the transformer's configuration.
     *
     * @param target a folder that is not there yet, or empty
     * @throws IllegalStateException if these parts cannot be written
     * @throws java.io.UncheckedIOException if a file cannot be read or written
     */
    default void saveFrozen(Path target) {
        throw new IllegalStateException(
                "DiffusionPipeline.save: " + name() + " does not come from a folder");
    }

    /**
     * Names the weights, for records of runs. Hashing reads all of them.
     *
     * @return SHA-256 by role; empty if they come from nowhere
     */
    default Map<String, String> weightHashes() {
        return Map.of();
    }
}
