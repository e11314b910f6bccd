package io.github.icthp.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import com.google.common.base.Preconditions;
import com.google.common.collect.Lists;

import io.github.icthp.diffusion.GenerationListener.Progress;
import io.github.icthp.diffusion.GenerationRequest.ImageSize;
import io.github.icthp.diffusion.flux.FluxTransformer;
import io.github.icthp.diffusion.schedule.FlowMatchSchedule;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** One run of a pipeline: encodes all prompts, then denoises and decodes batch by batch. */
final class Generation {

    private static final double DISTILLED_GUIDANCE = 3.5;

    private final DiffusionPipeline pipeline;
    private final PipelineParts parts;
    private final GenerationRequest request;
    private final GenerationListener listener;
    private final List<String> prompts;
    private final ImageSize size;

    Generation(DiffusionPipeline pipeline, GenerationRequest request, GenerationListener listener) {
        this.pipeline = pipeline;
        this.parts = pipeline.parts();
        this.request = request;
        this.listener = listener;
        this.prompts = request.promptOfImage();
        this.size = request.latents().map(this::sizeOf).orElseGet(this::requestedSize);
    }

    private ImageSize sizeOf(NDArray latents) {
        Shape shape = latents.getShape();
        int factor = pipeline.codec().factor();
        Preconditions.checkArgument(
                shape.dimension() == 4
                        && shape.get(0) == prompts.size()
                        && shape.get(1) == pipeline.codec().latentChannels(),
                "generate: expected latents (%s, %s, h, w), got %s",
                prompts.size(),
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
        int unit = pipeline.sizeUnit();
        Preconditions.checkArgument(
                wanted.width() % unit == 0 && wanted.height() % unit == 0,
                "generate: width and height must be multiples of %s, got %s x %s",
                unit,
                wanted.width(),
                wanted.height());
        return wanted;
    }

    List<GeneratedImage> run() {
        double guidance = classifierFreeGuidance();
        Preconditions.checkArgument(
                request.negative().isEmpty() || guidance > 1,
                "generate: the negative prompt '%s' has no effect without classifier-free guidance;"
                        + " set %s above 1 or leave it out",
                request.negative(),
                parts.family() == ModelFamily.SD3 ? "guidance" : "trueGuidance");
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            all.add(i);
        }
        List<List<Integer>> batches = Lists.partition(all, request.batch());
        List<Conditioning> encoded = new ArrayList<>();
        for (List<Integer> batch : batches) {
            encoded.add(encode(batch, guidance > 1));
        }
        if (!pipeline.keepsPromptEncoder()) {
            pipeline.releasePromptEncoder();
        }
        List<GeneratedImage> images = new ArrayList<>();
        for (int i = 0; i < batches.size(); i++) {
            try (TensorScope scope = TensorScope.open()) {
                assert scope == TensorScope.current();
                List<GeneratedImage> made = make(batches.get(i), encoded.get(i), guidance);
                made.forEach(listener::onImage);
                images.addAll(made);
            }
        }
        return images;
    }

    private double classifierFreeGuidance() {
        return parts.family() == ModelFamily.SD3
                ? request.guidance().orElse(0)
                : request.trueGuidance();
    }

    /** Encodes each prompt of a batch once; with guidance, the negative prompt for each before. */
    private Conditioning encode(List<Integer> batch, boolean guided) {
        LinkedHashSet<String> distinct = new LinkedHashSet<>();
        if (guided) {
            distinct.add(request.negative());
        }
        batch.forEach(image -> distinct.add(prompts.get(image)));
        List<String> texts = List.copyOf(distinct);
        List<Long> rows = new ArrayList<>();
        if (guided) {
            batch.forEach(image -> rows.add(0L));
        }
        batch.forEach(image -> rows.add((long) texts.indexOf(prompts.get(image))));
        try (TensorScope scope = TensorScope.open()) {
            Conditioning once = pipeline.encodeAndKeep(texts);
            long[] index = rows.stream().mapToLong(Long::longValue).toArray();
            NDArray wanted = Tensors.of(index, index.length);
            return new Conditioning(
                    scope.keep(Sampler.PROGRAM.call("rows", once.tokens(), wanted)),
                    scope.keep(Sampler.PROGRAM.call("rows", once.pooled(), wanted)));
        }
    }

    private List<GeneratedImage> make(List<Integer> batch, Conditioning encoded, double guidance) {
        OptionalDouble distilled = distilledGuidance();
        Conditioning conditioning =
                distilled.isPresent()
                        ? encoded.withGuidance((float) distilled.getAsDouble())
                        : encoded;
        FlowMatchSchedule schedule =
                pipeline.schedule(request.steps(), size.width(), size.height());
        Sampler sampler = new Sampler(pipeline.transformer(), schedule, guidance);
        NDArray latents =
                sampler.sample(
                        conditioning,
                        noise(batch),
                        (x, step) ->
                                listener.onStep(
                                        new Progress(
                                                step,
                                                schedule.steps(),
                                                batch.get(0),
                                                prompts.size(),
                                                x)));
        NDArray pixels =
                Autograd.in(
                        Mode.INFERENCE,
                        () -> Sampler.PROGRAM.call("unit_range", pipeline.codec().decode(latents)));
        OptionalDouble used =
                parts.family() == ModelFamily.SD3 ? OptionalDouble.of(guidance) : distilled;
        return images(batch, PixelImages.of(pixels), used);
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
