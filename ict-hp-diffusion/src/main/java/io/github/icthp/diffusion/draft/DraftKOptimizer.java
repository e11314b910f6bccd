package io.github.icthp.diffusion.draft;

import ai.djl.ndarray.NDManager;

import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.diffusion.model.Denoiser;
import io.github.icthp.torch.NativeMemory;
import io.github.icthp.torch.Torch;
import io.github.icthp.training.RunFolder;
import io.github.icthp.training.RunOptions;
import io.github.icthp.training.TrainingLoop;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Set;

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

    private static final Logger LOG = LoggerFactory.getLogger(DraftKOptimizer.class);

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
     *     stops at the next optimizer step, and the interrupt flag stays set
     */
    public DraftKResult run() {
        settings.check();
        DraftModel model = settings.model();
        model.memory(settings.config())
                .ifPresent(plan -> LOG.info("DRaFT-K, beside the reward model: {}", plan));
        warnOfPromptsInBoth();
        RunOptions options = settings.options();
        try (RunFolder folder = options.open(DraftKRecord.of(settings));
                NDManager owner = Torch.manager(model.device())) {
            settings.config().checkpointing().limitFreedMemory();
            List<String> first = firstPrompts();
            if (!first.isEmpty()) {
                model.begin(first);
            }
            try (LoraAdapters lora = adapters();
                    DraftKTask task = new DraftKTask(settings, lora, owner)) {
                return task.result(TrainingLoop.run(task, options, folder), folder);
            }
        } finally {
            model.end();
            NativeMemory.reuse();
            NativeMemory.trim();
        }
    }

    /** What an engine trains on is encoded where it computes. */
    private List<String> firstPrompts() {
        List<String> trained =
                settings.engine().isPresent()
                        ? List.of()
                        : new PromptWindows(new RolloutJob(settings)).prompts(0);
        return settings.withHeldOut(trained);
    }

    private void warnOfPromptsInBoth() {
        List<String> both =
                settings.heldOut().stream()
                        .filter(Set.copyOf(settings.prompts())::contains)
                        .toList();
        if (!both.isEmpty()) {
            settings.warnings()
                    .accept("DRaFT-K: held-out prompts that are also trained on: " + both);
        }
    }

    private LoraAdapters adapters() {
        Denoiser transformer = settings.model().transformer();
        DraftKConfig config = settings.config();
        return settings.initial() == null
                ? LoraAdapters.inject(transformer, config.lora(), config.seed())
                : LoraAdapters.load(
                        settings.initial(),
                        transformer,
                        config.lora().dropout(),
                        settings.warnings());
    }
}
