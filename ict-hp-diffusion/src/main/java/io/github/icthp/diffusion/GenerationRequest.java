package io.github.icthp.diffusion;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;

import io.github.icthp.diffusion.adapter.Style;
import io.github.icthp.diffusion.model.PictureSizes;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What pictures to make.
 *
 * <p>Every picture has a seed of its own: the request's for the first, one more for each next. A
 * batch of pictures and each of them alone start from the same noise.
 *
 * @param prompts what to show
 * @param negative what to keep away from; if empty, what the model takes for nothing: the empty
 *     prompt, or SDXL's zeros
 * @param steps number of denoising steps
 * @param guidance guidance scale: classifier-free guidance, which does nothing up to 1, or
 *     FLUX.1-dev's distilled guidance; if empty, 7.5 for SD1.5 and SD2, 5 for SDXL, 3.5 for a model
 *     with distilled guidance and none for others
 * @param trueGuidance FLUX's classifier-free guidance scale, which does nothing up to 1
 * @param guidanceRescale how much of a guided prediction is brought back to its deviation without
 *     guidance, 0 for none to 1 (Lin et al. 2023, section 3.4)
 * @param size the pictures' size; if empty, the model's own
 * @param sizes what SDXL is told of sizes: once for all, or for prompts and for the negative one;
 *     if empty, those of the pictures
 * @param seed the first picture's seed
 * @param imagesPerPrompt pictures made of each prompt
 * @param batch pictures made at once
 * @param latents initial latents (N, C, h, w), one for each picture, in place of seeded noise; they
 *     set the size too
 * @param styles reference pictures whose style pictures take, by one adapter or several; for SD1.5,
 *     SD2 and SDXL
 * @param notes what else is to be written beside each picture, for example the LoRA in use
 */
public record GenerationRequest(
        List<String> prompts,
        Optional<String> negative,
        int steps,
        OptionalDouble guidance,
        double trueGuidance,
        double guidanceRescale,
        Optional<ImageSize> size,
        List<PictureSizes> sizes,
        long seed,
        int imagesPerPrompt,
        int batch,
        Optional<NDArray> latents,
        List<Style> styles,
        Map<String, String> notes) {

    /**
     * Copies lists and checks the values.
     *
     * @param prompts what to show
     * @param negative what to keep away from; if empty, what the model takes for nothing: the empty
     *     prompt, or SDXL's zeros
     * @param steps number of denoising steps
     * @param guidance guidance scale: SD3's classifier-free guidance, which does nothing up to 1,
     *     or FLUX.1-dev's distilled guidance; if empty, the model's usual one
     * @param trueGuidance FLUX's classifier-free guidance scale, which does nothing up to 1
     * @param guidanceRescale how much of a guided prediction is brought back to its deviation
     * @param size the pictures' size; if empty, the model's own
     * @param sizes what SDXL is told of sizes: once for all, or for prompts and for the negative
     *     one
     * @param seed the first picture's seed
     * @param imagesPerPrompt pictures made of each prompt
     * @param batch pictures made at once
     * @param latents initial latents (N, C, h, w), one for each picture, in place of seeded noise;
     *     they set the size too
     * @param styles reference pictures whose style pictures take
     * @param notes what else is to be written beside each picture, for example the LoRA in use
     * @throws IllegalArgumentException if there is no prompt, or a number is not positive, or a
     *     scale is not finite
     */
    public GenerationRequest {
        prompts = List.copyOf(prompts);
        notes = Map.copyOf(notes);
        sizes = List.copyOf(sizes);
        styles = List.copyOf(styles);
        Preconditions.checkArgument(
                sizes.size() <= 2,
                "GenerationRequest: expected sizes for all or for prompts and the negative one, got"
                        + " %s",
                sizes);
        Preconditions.checkArgument(
                guidanceRescale >= 0 && guidanceRescale <= 1,
                "GenerationRequest: guidanceRescale must be in 0..1, got %s",
                guidanceRescale);
        Preconditions.checkArgument(!prompts.isEmpty(), "GenerationRequest: no prompt");
        Preconditions.checkArgument(
                steps > 0 && imagesPerPrompt > 0 && batch > 0,
                "GenerationRequest: steps, imagesPerPrompt and batch must be positive, got %s, %s"
                        + " and %s",
                steps,
                imagesPerPrompt,
                batch);
        Preconditions.checkArgument(
                (long) prompts.size() * imagesPerPrompt <= Integer.MAX_VALUE,
                "GenerationRequest: at most %s pictures can be made, got %s prompts with %s each",
                Integer.MAX_VALUE,
                prompts.size(),
                imagesPerPrompt);
        Preconditions.checkArgument(
                isScale(guidance.orElse(0)) && isScale(trueGuidance),
                "GenerationRequest: guidance scales must be finite and at least 0, got %s and %s",
                guidance,
                trueGuidance);
    }

    /**
     * A picture's size.
     *
     * @param width pixels, positive
     * @param height pixels, positive
     */
    public record ImageSize(int width, int height) {

        /**
         * Checks the size.
         *
         * @param width pixels
         * @param height pixels
         * @throws IllegalArgumentException if either is not positive
         */
        public ImageSize {
            Preconditions.checkArgument(
                    width > 0 && height > 0,
                    "GenerationRequest: sizes must be positive, got %s x %s",
                    width,
                    height);
        }
    }

    /**
     * Starts a request.
     *
     * @return a builder; prompt and steps are required
     */
    public static Builder builder() {
        return new Builder();
    }

    private static boolean isScale(double value) {
        return value >= 0 && value <= Float.MAX_VALUE;
    }

    /** Returns the request without the styles whose adapter is off on this thread. */
    GenerationRequest withoutStylesThatAreOff() {
        if (styles.stream().noneMatch(style -> style.adapter().isOff())) {
            return this;
        }
        Builder rest = new Builder(this);
        rest.styles.removeIf(style -> style.adapter().isOff());
        return rest.build();
    }

    /** Returns how many pictures are made. */
    int images() {
        return prompts.size() * imagesPerPrompt;
    }

    /** Returns the prompt of a picture: each prompt's pictures follow each other. */
    String promptOf(int image) {
        return prompts.get(image / imagesPerPrompt);
    }

    /** Returns the request for one of the pictures alone. */
    GenerationRequest forImage(int index, ImageSize actualSize, OptionalDouble actualGuidance) {
        Builder alone = new Builder(this);
        alone.prompts.clear();
        alone.prompts.add(promptOf(index));
        alone.guidance = actualGuidance;
        alone.size = Optional.of(actualSize);
        alone.seed = seed + index;
        alone.imagesPerPrompt = 1;
        alone.batch = 1;
        alone.latents = Optional.empty();
        return alone.build();
    }

    /** Collects a request. */
    public static final class Builder {

        private final List<String> prompts = new ArrayList<>();
        private final Map<String, String> notes = new LinkedHashMap<>();
        private Optional<String> negative = Optional.empty();
        private int steps;
        private OptionalDouble guidance = OptionalDouble.empty();
        private double trueGuidance;
        private double guidanceRescale;
        private Optional<ImageSize> size = Optional.empty();
        private List<PictureSizes> sizes = List.of();
        private long seed;
        private int imagesPerPrompt = 1;
        private int batch = 4;
        private Optional<NDArray> latents = Optional.empty();
        private final List<Style> styles = new ArrayList<>();

        private Builder() {}

        private Builder(GenerationRequest request) {
            prompts.addAll(request.prompts);
            notes.putAll(request.notes);
            negative = request.negative;
            steps = request.steps;
            guidance = request.guidance;
            trueGuidance = request.trueGuidance;
            guidanceRescale = request.guidanceRescale;
            size = request.size;
            sizes = request.sizes;
            seed = request.seed;
            imagesPerPrompt = request.imagesPerPrompt;
            batch = request.batch;
            latents = request.latents;
            styles.addAll(request.styles);
        }

        /**
         * Adds prompts.
         *
         * @param more one or more prompts
         * @return this
         */
        public Builder prompt(String... more) {
            prompts.addAll(Arrays.asList(more));
            return this;
        }

        /**
         * Sets what to keep away from. It takes effect with classifier-free guidance alone.
         *
         * @param prompt one prompt for all pictures; empty by default
         * @return this
         */
        public Builder negative(String prompt) {
            this.negative = Optional.of(prompt);
            return this;
        }

        /**
         * Sets the number of denoising steps.
         *
         * @param steps at least 1; 8 for SD3.5-turbo, 4 for FLUX.1-schnell, 28 for others
         * @return this
         */
        public Builder steps(int steps) {
            this.steps = steps;
            return this;
        }

        /**
         * Sets the guidance scale; see {@link GenerationRequest#guidance}.
         *
         * @param scale 0 for none
         * @return this
         */
        public Builder guidance(double scale) {
            this.guidance = OptionalDouble.of(scale);
            return this;
        }

        /**
         * Sets FLUX's classifier-free guidance scale, which doubles the work.
         *
         * @param scale above 1 to take effect
         * @return this
         */
        public Builder trueGuidance(double scale) {
            this.trueGuidance = scale;
            return this;
        }

        /**
         * Brings guided predictions back towards their deviation without guidance, against pictures
         * that are too bright (Lin et al. 2023, section 3.4).
         *
         * @param share how much of them, 0 by default, to 1
         * @return this
         */
        public Builder guidanceRescale(double share) {
            this.guidanceRescale = share;
            return this;
        }

        /**
         * Tells SDXL other sizes than those of the pictures.
         *
         * @param each sizes for all, or those for prompts and those for the negative one
         * @return this
         */
        public Builder sizes(PictureSizes... each) {
            this.sizes = List.of(each);
            return this;
        }

        /**
         * Sets the pictures' size.
         *
         * @param width pixels, a multiple of 16
         * @param height pixels, a multiple of 16
         * @return this
         * @throws IllegalArgumentException if either is not positive
         */
        public Builder size(int width, int height) {
            this.size = Optional.of(new ImageSize(width, height));
            return this;
        }

        /**
         * Sets the first picture's seed.
         *
         * @param seed any number; 0 by default
         * @return this
         */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /**
         * Sets how many pictures are made of each prompt.
         *
         * @param images at least 1, which is the default
         * @return this
         */
        public Builder imagesPerPrompt(int images) {
            this.imagesPerPrompt = images;
            return this;
        }

        /**
         * Sets how many pictures are made at once.
         *
         * @param images at least 1; 4 by default
         * @return this
         */
        public Builder batch(int images) {
            this.batch = images;
            return this;
        }

        /**
         * Starts from given latents instead of seeded noise.
         *
         * @param latents (N, C, h, w), one for each picture; they stay the caller's
         * @return this
         */
        public Builder latents(NDArray latents) {
            this.latents = Optional.of(latents);
            return this;
        }

        /**
         * Adds reference pictures whose style the pictures take: of one adapter, or at further
         * calls of others.
         *
         * @param style pictures, the adapter that reads them, and how strongly
         * @return this
         */
        public Builder style(Style style) {
            styles.add(style);
            return this;
        }

        /**
         * Adds a note that is written beside each picture.
         *
         * @param name its name
         * @param text its text
         * @return this
         */
        public Builder note(String name, String text) {
            notes.put(name, text);
            return this;
        }

        /**
         * Ends the request.
         *
         * @return the request
         * @throws IllegalStateException if prompt or steps are missing
         * @throws IllegalArgumentException if a value is out of range
         */
        public GenerationRequest build() {
            List<String> missing = new ArrayList<>();
            if (prompts.isEmpty()) {
                missing.add("prompt");
            }
            if (steps == 0) {
                missing.add("steps");
            }
            Preconditions.checkState(missing.isEmpty(), "GenerationRequest: set %s first", missing);
            return new GenerationRequest(
                    prompts,
                    negative,
                    steps,
                    guidance,
                    trueGuidance,
                    guidanceRescale,
                    size,
                    sizes,
                    seed,
                    imagesPerPrompt,
                    batch,
                    latents,
                    styles,
                    notes);
        }
    }
}
