package io.github.icthp.diffusion;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import com.google.common.base.Preconditions;
import com.google.common.collect.ContiguousSet;
import com.google.common.collect.Lists;

import io.github.icthp.diffusion.GenerationListener.Progress;
import io.github.icthp.diffusion.GenerationRequest.ImageSize;
import io.github.icthp.diffusion.Sampler.Guidance;
import io.github.icthp.diffusion.adapter.EncodedStyle;
import io.github.icthp.diffusion.flux.FluxTransformer;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.PictureSizes;
import io.github.icthp.diffusion.model.StyleTokens;
import io.github.icthp.diffusion.schedule.DenoisingSchedule;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** One run of a pipeline: encodes all prompts, then denoises and decodes batch by batch. */
final class Generation {

    private static final double DISTILLED_GUIDANCE = 3.5;

    private final DiffusionPipeline pipeline;
    private final PipelineParts parts;
    private final GenerationRequest request;
    private final GenerationListener listener;
    private final ImageSize size;

    Generation(DiffusionPipeline pipeline, GenerationRequest request, GenerationListener listener) {
        this.pipeline = pipeline;
        this.parts = pipeline.parts();
        this.request = request.withoutStylesThatAreOff();
        this.listener = listener;
        this.size = this.request.latents().map(this::sizeOf).orElseGet(this::requestedSize);
    }

    private ImageSize sizeOf(NDArray latents) {
        Shape shape = latents.getShape();
        int factor = pipeline.codec().factor();
        Preconditions.checkArgument(
                shape.dimension() == 4
                        && shape.get(0) == request.images()
                        && shape.get(1) == pipeline.codec().latentChannels(),
                "generate: expected latents (%s, %s, h, w), got %s",
                request.images(),
                pipeline.codec().latentChannels(),
                shape);
        ImageSize implied = new ImageSize((int) shape.get(3) * factor, (int) shape.get(2) * factor);
        Preconditions.checkArgument(
                request.size().orElse(implied).equals(implied),
                "generate: latents %s make pictures of %s, but %s is asked for",
                shape,
                implied,
                request.size());
        return implied;
    }

    private ImageSize requestedSize() {
        ImageSize wanted = request.size().orElse(new ImageSize(parts.side(), parts.side()));
        pipeline.requireSize(wanted.width(), wanted.height());
        return wanted;
    }

    void run() {
        double guidance = classifierFreeGuidance();
        Preconditions.checkArgument(
                request.negative().orElse("").isEmpty() || guidance > 1,
                "generate: the negative prompt '%s' has no effect without classifier-free guidance;"
                        + " set %s above 1 or leave it out",
                request.negative().orElse(""),
                parts.family().guidesClassifierFree() ? "guidance" : "trueGuidance");
        Preconditions.checkArgument(
                request.sizes().isEmpty() || parts.family().takesSizes(),
                "generate: sizes are for SDXL, and %s is %s; leave them out",
                parts.name(),
                parts.family().title());
        request.styles().forEach(pipeline::check);
        Map<String, Conditioning> encoded = encode();
        Optional<Conditioning> negative =
                guidance > 1 ? Optional.of(encodeNegative()) : Optional.empty();
        if (!pipeline.keepsPromptEncoder()) {
            pipeline.releasePromptEncoder();
        }
        List<EncodedStyle> styles = request.styles().stream().map(pipeline::encode).toList();
        Device device = TensorScope.current().manager().getDevice();
        for (int first = 0; first < request.images(); first += batchFrom(first).size()) {
            List<Integer> batch = batchFrom(first);
            TensorScope.run(
                    device,
                    () ->
                            make(
                                            batch,
                                            conditioning(batch, encoded, negative)
                                                    .withStyles(tokens(styles, batch, negative)),
                                            guidance)
                                    .forEach(listener::onImage));
        }
    }

    /** With guidance, the rows that it leads away from come first and show no picture. */
    private static List<StyleTokens> tokens(
            List<EncodedStyle> styles, List<Integer> batch, Optional<Conditioning> negative) {
        int images = batch.size();
        return styles.stream()
                .map(style -> style.batch(negative.isPresent() ? images : 0, images))
                .toList();
    }

    private List<Integer> batchFrom(int first) {
        int count = Math.min(request.batch(), request.images() - first);
        return ContiguousSet.closedOpen(first, first + count).asList();
    }

    private double classifierFreeGuidance() {
        if (!parts.family().guidesClassifierFree()) {
            return request.trueGuidance();
        }
        Preconditions.checkArgument(
                request.trueGuidance() == 0,
                "generate: trueGuidance is FLUX's, and %s is no FLUX model; set guidance instead,"
                        + " got %s",
                parts.name(),
                request.trueGuidance());
        return request.guidance().orElse(parts.family().usualGuidance());
    }

    private Conditioning encodeNegative() {
        return pipeline.encodeAndKeep(encoder -> encoder.encodeNegative(request.negative()));
    }

    /** Encodes each prompt once. */
    private Map<String, Conditioning> encode() {
        LinkedHashSet<String> distinct = new LinkedHashSet<>(request.prompts());
        Map<String, Conditioning> encoded = new HashMap<>();
        for (List<String> some : Lists.partition(List.copyOf(distinct), request.batch())) {
            try (TensorScope scope = TensorScope.open()) {
                Conditioning all = pipeline.encodeAndKeep(some);
                for (int i = 0; i < some.size(); i++) {
                    NDArray row = Tensors.of(new long[] {i}, 1);
                    encoded.put(
                            some.get(i),
                            new Conditioning(
                                    scope.keep(Sampler.PROGRAM.call("rows", all.tokens(), row)),
                                    scope.keep(Sampler.PROGRAM.call("rows", all.pooled(), row))));
                }
            }
        }
        return encoded;
    }

    /** Joins the prompts of a batch; with guidance, the negative prompt for each before. */
    private Conditioning conditioning(
            List<Integer> batch,
            Map<String, Conditioning> encoded,
            Optional<Conditioning> negative) {
        List<Conditioning> rows = new ArrayList<>();
        List<PictureSizes> sizes = new ArrayList<>();
        List<PictureSizes> told = told();
        negative.ifPresent(
                away ->
                        batch.forEach(
                                image -> {
                                    rows.add(away);
                                    sizes.add(told.get(told.size() - 1));
                                }));
        for (int image : batch) {
            rows.add(encoded.get(request.promptOf(image)));
            sizes.add(told.get(0));
        }
        return new Conditioning(
                        Sampler.PROGRAM.call(
                                "stack", rows.stream().map(Conditioning::tokens).toList()),
                        Sampler.PROGRAM.call(
                                "stack", rows.stream().map(Conditioning::pooled).toList()))
                .withSizes(sizes);
    }

    /**
     * The sizes of prompts, and last those of the negative one; other models than SDXL ask none.
     */
    private List<PictureSizes> told() {
        return request.sizes().isEmpty()
                ? List.of(PictureSizes.of(size.width(), size.height()))
                : request.sizes();
    }

    private List<GeneratedImage> make(List<Integer> batch, Conditioning encoded, double guidance) {
        OptionalDouble distilled = distilledGuidance();
        Conditioning conditioning =
                distilled.isPresent()
                        ? encoded.withGuidance((float) distilled.getAsDouble())
                        : encoded;
        DenoisingSchedule schedule =
                pipeline.schedule(request.steps(), size.width(), size.height());
        pipeline.transformer().prepareToSample();
        Sampler sampler =
                new Sampler(
                        pipeline.transformer(),
                        schedule,
                        new Guidance(guidance, request.guidanceRescale()));
        NDArray latents =
                sampler.sample(
                        conditioning,
                        noise(batch),
                        step -> freshNoise(batch, step),
                        (x, step) ->
                                listener.onStep(
                                        new Progress(
                                                step,
                                                schedule.steps(),
                                                batch.get(0),
                                                request.images(),
                                                x)));
        NDArray pixels =
                Autograd.in(
                        Mode.INFERENCE,
                        () -> Sampler.PROGRAM.call("unit_range", pipeline.codec().decode(latents)));
        requireFinite(pixels, batch);
        OptionalDouble used =
                parts.family().guidesClassifierFree() ? OptionalDouble.of(guidance) : distilled;
        return images(batch, PixelImages.of(pixels), used);
    }

    private void requireFinite(NDArray pixels, List<Integer> batch) {
        for (int i = 0; i < batch.size(); i++) {
            NDArray index = Tensors.of(new long[] {i}, 1);
            if (!Tensors.isFinite(Sampler.PROGRAM.call("rows", pixels, index))) {
                throw new ArithmeticException(
                        String.format(
                                Locale.ROOT,
                                "generate: the picture of prompt '%s' with seed %d is not finite;"
                                        + " compute in bf16 or fp32, or lower the guidance",
                                request.promptOf(batch.get(i)),
                                request.seed() + batch.get(i)));
            }
        }
    }

    /** FLUX.1-dev takes a scale as an input; a model that does not must not be given one. */
    private OptionalDouble distilledGuidance() {
        if (pipeline.transformer() instanceof FluxTransformer flux) {
            if (flux.config().guided()) {
                return OptionalDouble.of(request.guidance().orElse(DISTILLED_GUIDANCE));
            }
            Preconditions.checkArgument(
                    request.guidance().orElse(0) == 0,
                    "generate: %s takes no guidance scale; leave it at 0, got %s",
                    parts.name(),
                    request.guidance().orElse(0));
        }
        return OptionalDouble.empty();
    }

    private NDArray noise(List<Integer> batch) {
        if (request.latents().isPresent()) {
            long[] index = batch.stream().mapToLong(Integer::longValue).toArray();
            NDArray rows =
                    Sampler.PROGRAM.call(
                            "rows", request.latents().get(), Tensors.of(index, index.length));
            return Tensors.cast(Tensors.to(rows, parts.device()), parts.type());
        }
        List<NDArray> each = new ArrayList<>();
        for (int image : batch) {
            each.add(pipeline.noise(request.seed() + image, size.width(), size.height()));
        }
        return Sampler.PROGRAM.call("stack", each);
    }

    /** Goes on where each picture's generator drew the noise that it starts from. */
    private NDArray freshNoise(List<Integer> batch, int step) {
        int drawn = request.latents().isPresent() ? 0 : 1;
        List<NDArray> each = new ArrayList<>();
        for (int image : batch) {
            long seed = request.seed() + image;
            each.add(pipeline.noise(seed, drawn + step, size.width(), size.height()));
        }
        return Sampler.PROGRAM.call("stack", each);
    }

    private List<GeneratedImage> images(
            List<Integer> batch, List<BufferedImage> pictures, OptionalDouble guidance) {
        Map<String, String> provenance = provenance();
        List<GeneratedImage> images = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            GenerationRequest alone = request.forImage(batch.get(i), size, guidance);
            images.add(new GeneratedImage(pictures.get(i), alone, provenance));
        }
        return images;
    }

    private Map<String, String> provenance() {
        Map<String, String> how = new LinkedHashMap<>();
        how.put("model", parts.name());
        how.put("family", parts.family().name());
        how.put("type", parts.type().name());
        parts.sampling().ifPresent(name -> how.put("scheduler", name));
        how.put("device", parts.device().toString());
        how.put("pytorch", Torch.version());
        how.put(
                "noise",
                request.latents().isPresent()
                        ? "given latents: the seed does not make this picture"
                        : "torch.randn of a CPU generator with this seed");
        how.put("adapters", Integer.toString(pipeline.transformer().adapters().size()));
        return how;
    }
}
