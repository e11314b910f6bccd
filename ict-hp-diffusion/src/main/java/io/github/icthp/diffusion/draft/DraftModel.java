package io.github.icthp.diffusion.draft;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.diffusion.schedule.DenoisingSchedule;
import io.github.icthp.diffusion.vae.LatentCodec;
import io.github.icthp.torch.DType;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What DRaFT-K tunes: the parts of a text-to-image pipeline. They belong to whoever made them, and
 * only adapters on the transformer are ever changed.
 */
public interface DraftModel {

    /**
     * Returns the network that is tuned.
     *
     * @return the transformer
     */
    Denoiser transformer();

    /**
     * Returns what turns latents into pixels.
     *
     * @return the decoder
     */
    LatentCodec codec();

    /**
     * Returns the type in which the transformer computes.
     *
     * @return float32, bfloat16 or float16
     */
    DType type();

    /**
     * Returns the steps of a rollout.
     *
     * @param steps T, the denoising steps
     * @param width the pictures' width in pixels
     * @param height their height
     * @return the schedule
     */
    DenoisingSchedule schedule(int steps, int width, int height);

    /**
     * Encodes prompts.
     *
     * @param prompts B prompts
     * @param guidance the guidance scale, for models that take a distilled one
     * @return the conditioning in the transformer's type, owned by the innermost scope
     */
    Conditioning encode(List<String> prompts, double guidance);

    /**
     * Encodes prompts for pictures that are made in some way; for classifier-free guidance with the
     * negative prompt for each before.
     *
     * @param prompts B prompts
     * @param sampling how pictures are made
     * @return the conditioning of B prompts, or of 2 B with classifier-free guidance, owned by the
     *     innermost scope
     */
    default Conditioning encode(List<String> prompts, DraftKConfig.Sampling sampling) {
        return encode(prompts, sampling.guidance());
    }

    /**
     * Says whether guidance means classifier-free guidance.
     *
     * @return false for models that take a distilled one, or none
     */
    default boolean guidesClassifierFree() {
        return false;
    }

    /**
     * Draws the latents that rollouts begin with.
     *
     * @param seeds a seed for each picture
     * @param width the pictures' width in pixels
     * @param height their height
     * @return standard normal (B, C, h, w) in the transformer's type, owned by the innermost scope;
     *     a picture's noise depends on its seed alone
     */
    NDArray noise(long[] seeds, int width, int height);

    /**
     * Returns where the model computes.
     *
     * @return the device
     */
    default Device device() {
        return transformer().device();
    }

    /**
     * Checks settings against the model before anything large is loaded, as far as that can be
     * told.
     *
     * @param config the run's settings
     * @throws IllegalArgumentException if the model cannot make such pictures
     */
    default void check(DraftKConfig config) {}

    /**
     * Tells which layers may be adapted, without loading the transformer.
     *
     * @return their shapes by path; empty if that is not known before it is loaded
     */
    default Optional<Map<String, LinearShape>> linears() {
        return Optional.empty();
    }

    /**
     * Tells which prompts a run will ask for, before it asks for anything else: a model may encode
     * them now and free its text encoders. A run of many prompts tells the next ones later, in
     * place of these.
     *
     * @param prompts all prompts until this is called again
     */
    default void begin(List<String> prompts) {}

    /** Tells that the run has ended; what {@link #begin} kept may be freed. */
    default void end() {}

    /**
     * Tells what memory a run will need, before anything large is loaded.
     *
     * @param config the run's settings
     * @return the plan, which the run logs; empty if the model's shapes are not known
     */
    default Optional<MemoryPlan> memory(DraftKConfig config) {
        return Optional.empty();
    }

    /**
     * Names the weights that a run begins with, for its record.
     *
     * @return SHA-256 by role; empty if they come from nowhere
     */
    default Map<String, String> weightHashes() {
        return Map.of();
    }
}
