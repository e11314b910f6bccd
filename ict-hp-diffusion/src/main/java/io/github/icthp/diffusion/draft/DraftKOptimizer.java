package io.github.icthp.diffusion.draft;

/**
 * Fine-tunes a diffusion model's adapters so that its pictures earn more of a reward.
 *
 * <pre>{@code
 * DraftKResult result = DraftKOptimizer.builder()
 *         .pipeline(sd35Turbo).reward(reward.differentiable()).prompts(prompts)
 *         .config(DraftKConfig.paper()).lora(LoraConfig.rank(32)).steps(8).lastK(3)
 *         .heldOut(others, judge.differentiable())
 *         .output(Path.of("run")).build().run();
 * }</pre>
 *
 * <p>Every step samples T denoising steps from noise, decodes, rewards, and carries the gradient
 * back through the decoder and the last K steps into the adapters (Clark et al. 2023, DRaFT-K).
 * Only adapters are ever written; the model is as it was when the run has ended.
 *
 * <p>The run's folder holds the record, metrics, curves, before-and-after grids, checkpoints and
 * the adapters. Started again with {@code resume}, a run goes on from its last checkpoint and ends,
 * on the CPU, with the same bits as if it had never stopped.
 */
public final class DraftKOptimizer {

    private final DraftKBuilder settings;

    DraftKOptimizer(DraftKBuilder settings) {
        this.settings = settings;
    }

    /**
     * Begins to describe a run.
     *
     * @return a builder that needs a pipeline or model, a reward, prompts and an output folder
     */
    public static DraftKBuilder builder() {
        return new DraftKBuilder();
    }

    /**
     * Returns the settings.
     *
     * @return all of them
     */
    public DraftKConfig config() {
        return settings.config();
    }

    /**
     * Runs to the end, or until something stops it.
     *
     * @return what came of it
     * @throws io.github.icthp.training.DivergenceException if a reward or gradient is not finite;
     *     the message names prompt, seed and step, and the last checkpoint is good
     * @throws IllegalStateException if the folder holds a run that is not to be resumed, or one of
     *     other settings
     * @throws java.io.UncheckedIOException if something cannot be written; earlier checkpoints are
     *     untouched
     * @throws java.util.concurrent.CancellationException if the thread is interrupted: the run
     *     stops at the next optimiser step, and the interrupt flag stays set
     */
    public DraftKResult run() {
        try (DraftKRun run = DraftKRun.start(settings)) {
            return run.toEnd();
        }
    }
}
