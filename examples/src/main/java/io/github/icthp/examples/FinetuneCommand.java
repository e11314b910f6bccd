package io.github.icthp.examples;

import io.github.icthp.RewardModel;
import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.ModelFamily;
import io.github.icthp.diffusion.draft.DraftKBuilder;
import io.github.icthp.diffusion.draft.DraftKConfig;
import io.github.icthp.diffusion.draft.DraftKOptimizer;
import io.github.icthp.diffusion.draft.DraftKResult;
import io.github.icthp.diffusion.draft.MemoryPlan;
import io.github.icthp.diffusion.draft.MemoryPlanner;
import io.github.icthp.optim.DivergenceException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** Fine-tunes a diffusion model by the rewards. */
@Command(
        name = "finetune",
        description =
                "Fine-tunes SD3.5 or FLUX.1 by DRaFT-K: a reward's gradient through the last K"
                        + " denoising steps into a LoRA adapter.",
        mixinStandardHelpOptions = true,
        versionProvider = IctHp.Version.class)
final class FinetuneCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Mixin private PipelineOptions model = new PipelineOptions();

    @Mixin private WeightOptions reward = new WeightOptions();

    @Mixin private DraftOptions draft = new DraftOptions();

    @Option(
            names = "--prompts",
            paramLabel = "FILE",
            required = true,
            description = "prompts to train on, one a line")
    private Path prompts = Path.of("");

    @Option(
            names = "--held-out",
            paramLabel = "FILE",
            description = "prompts to evaluate on and never to train on")
    private @Nullable Path heldOut;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "the run's folder: adapter, checkpoints, metrics, grids")
    private Path out = Path.of("");

    @Option(names = "--resume", description = "go on from the last checkpoint in --out, if any")
    private boolean resume;

    @Option(
            names = "--initial",
            paramLabel = "FILE",
            description = "an adapter to begin with, in place of a fresh one")
    private @Nullable Path initial;

    @Option(
            names = "--plan",
            description = "tell what memory every --checkpointing would need, and do nothing")
    private boolean plan;

    @Override
    public Integer call() {
        try (DiffusionPipeline pipeline = model.open(builder -> builder)) {
            DraftKConfig config = config(pipeline);
            MemoryPlanner planner = MemoryPlanner.of(pipeline.parts()).orElseThrow();
            if (plan) {
                tell(planner.plans(config));
                return IctHp.DONE;
            }
            DraftKBuilder run = describe(pipeline, config);
            spec.commandLine().getErr().println("memory: " + planner.plan(config));
            try (RewardModel rewards = reward.open(model.device(), config.optimisation().batch());
                    FinetuneProgress progress = new FinetuneProgress(spec.commandLine())) {
                tell(run.reward(rewards.differentiable()).listener(progress).build().run());
            }
            return IctHp.DONE;
        } catch (DivergenceException | UnusableException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new UnusableException(e);
        }
    }

    private DraftKConfig config(DiffusionPipeline pipeline) {
        boolean flux = pipeline.parts().family() == ModelFamily.FLUX;
        DraftKConfig paper = flux ? DraftKConfig.paperFluxSchnell() : DraftKConfig.paper();
        return draft.on(paper, pipeline.parts().side());
    }

    private DraftKBuilder describe(DiffusionPipeline pipeline, DraftKConfig config) {
        DraftKBuilder run =
                DraftKOptimizer.builder()
                        .pipeline(pipeline)
                        .prompts(PromptFile.read(prompts))
                        .config(config)
                        .output(out)
                        .resume(resume);
        if (heldOut != null) {
            run.heldOut(PromptFile.read(heldOut));
        }
        return initial == null ? run : run.initial(initial);
    }

    private void tell(List<MemoryPlan> plans) {
        PrintWriter told = spec.commandLine().getOut();
        plans.forEach(told::println);
        told.println("The reward model and the prompts' embeddings come on top.");
        told.flush();
    }

    private void tell(DraftKResult result) {
        PrintWriter told = spec.commandLine().getOut();
        told.println(result.reason() + " after " + result.steps() + " steps");
        if (Double.isFinite(result.reward())) {
            told.printf(Locale.ROOT, "held-out reward: %.4f%n", result.reward());
        }
        told.println("adapter: " + result.adapter());
        if (!result.best().equals(result.adapter())) {
            told.println("best: " + result.best());
        }
        told.flush();
    }
}
