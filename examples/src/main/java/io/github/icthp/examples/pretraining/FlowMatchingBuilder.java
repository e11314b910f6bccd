package io.github.icthp.examples.pretraining;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.sd3.Sd3Transformer;
import io.github.icthp.diffusion.text.PromptEncoder;
import io.github.icthp.diffusion.vae.LatentCodec;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.RunBuilder;
import io.github.icthp.training.RunOptions;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Describes a flow-matching run. Later calls override earlier ones. */
public final class FlowMatchingBuilder extends RunBuilder<FlowMatchingBuilder> {

    private final Map<String, String> sources = new LinkedHashMap<>();
    private FlowMatchingConfig config = FlowMatchingConfig.sd3(10_000);
    private @Nullable Sd3Transformer transformer;
    private @Nullable LatentCodec codec;
    private @Nullable PromptEncoder encoder;
    private @Nullable CaptionedPictures pictures;
    private @Nullable CaptionedPictures heldOut;

    FlowMatchingBuilder() {}

    @Override
    protected FlowMatchingBuilder self() {
        return this;
    }

    /**
     * Sets what is trained.
     *
     * @param value the transformer, in float32 and in memory of its own; the run does not close it
     * @return this
     */
    public FlowMatchingBuilder transformer(Sd3Transformer value) {
        transformer = value;
        return this;
    }

    /**
     * Sets what makes latents of pictures.
     *
     * @param value the codec, which is not trained
     * @return this
     */
    public FlowMatchingBuilder codec(LatentCodec value) {
        codec = value;
        return this;
    }

    /**
     * Sets what encodes prompts.
     *
     * @param value the text encoders, which are not trained
     * @return this
     */
    public FlowMatchingBuilder encoder(PromptEncoder value) {
        encoder = value;
        return this;
    }

    /**
     * Sets the pictures to learn from.
     *
     * @param value an endless row of pictures
     * @return this
     */
    public FlowMatchingBuilder pictures(CaptionedPictures value) {
        pictures = value;
        return this;
    }

    /**
     * Sets pictures on which the loss is measured and which are never learnt from.
     *
     * @param value an endless row of pictures, of which the first are looked at
     * @return this
     */
    public FlowMatchingBuilder heldOut(CaptionedPictures value) {
        heldOut = value;
        return this;
    }

    /**
     * Describes something that the run depends on, for its record: data, initial weights, encoders.
     * A run resumes only with the same descriptions.
     *
     * @param role what it is
     * @param description its hash, or the words that make it again
     * @return this
     */
    public FlowMatchingBuilder source(String role, String description) {
        sources.put(role, description);
        return this;
    }

    /**
     * Sets everything that has a number.
     *
     * @param value the settings
     * @return this
     */
    public FlowMatchingBuilder config(FlowMatchingConfig value) {
        config = value;
        return this;
    }

    /**
     * Completes the description.
     *
     * @return the training, ready to start
     * @throws IllegalStateException if something required was not named; all of it is listed
     * @throws IllegalArgumentException if the transformer is not in float32
     */
    public FlowMatchingTrainer build() {
        List<String> missing = new ArrayList<>();
        requires("transformer", transformer, missing);
        requires("codec", codec, missing);
        requires("encoder", encoder, missing);
        requires("pictures", pictures, missing);
        if (!hasOutput()) {
            missing.add("output");
        }
        Preconditions.checkState(
                missing.isEmpty(),
                "FlowMatchingTrainer: these are required and missing: %s",
                missing);
        DType type = Tensors.dtype(transformer().trainable().values().iterator().next());
        Preconditions.checkArgument(
                type == DType.FLOAT32,
                "FlowMatchingTrainer: the transformer must be loaded in FLOAT32, got %s",
                type);
        return new FlowMatchingTrainer(this);
    }

    private static void requires(String name, @Nullable Object value, List<String> missing) {
        if (value == null) {
            missing.add(name);
        }
    }

    FlowMatchingConfig config() {
        return config;
    }

    Sd3Transformer transformer() {
        return Preconditions.checkNotNull(transformer);
    }

    FlowLoss loss() {
        return new FlowLoss(
                transformer(),
                Preconditions.checkNotNull(codec),
                Preconditions.checkNotNull(encoder));
    }

    CaptionedPictures pictures() {
        return Preconditions.checkNotNull(pictures);
    }

    Optional<CaptionedPictures> heldOut() {
        return Optional.ofNullable(heldOut);
    }

    Map<String, String> sources() {
        return sources;
    }

    RunOptions options() {
        return runOptions();
    }
}
