package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.draft.PromptOrder.Picture;
import io.github.icthp.diffusion.model.PreparedDenoiser;
import io.github.icthp.diffusion.schedule.DenoisingSchedule;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.TensorScope;

import java.util.List;

/**
 * Makes pictures without any gradient, to look at and to evaluate.
 *
 * @param model the model, with whatever adapters are on it
 * @param sampling how pictures are made
 */
record PictureSampler(DraftModel model, DraftKConfig.Sampling sampling) {

    /** Returns the pictures' pixels (B, 3, H, W) in 0..1, owned by the innermost scope. */
    NDArray pixels(List<Picture> pictures) {
        return Autograd.in(
                Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open(model.transformer().device())) {
                        NDArray decoded = model.codec().decode(latents(pictures));
                        return scope.keep(PixelReward.pixels(decoded, true));
                    }
                });
    }

    private NDArray latents(List<Picture> pictures) {
        DenoisingSchedule schedule =
                model.schedule(sampling.steps(), sampling.width(), sampling.height());
        long[] seeds = pictures.stream().mapToLong(Picture::seed).toArray();
        List<String> prompts = pictures.stream().map(Picture::prompt).toList();
        NDArray noise = model.noise(seeds, sampling.width(), sampling.height());
        double guidance = model.guidesClassifierFree() ? sampling.guidance() : 0;
        try (PreparedDenoiser field =
                model.transformer()
                        .prepare(model.encode(prompts, sampling), schedule.timesteps())
                        .guided(guidance)) {
            return UnrolledGradient.sample(schedule, field, noise, schedule.steps());
        }
    }
}
