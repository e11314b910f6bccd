package io.github.icthp.examples.finetune;

import static com.google.common.base.Preconditions.checkNotNull;

import ai.djl.Device;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;

import io.github.icthp.Standardization;
import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.draft.DraftKBuilder;
import io.github.icthp.diffusion.draft.DraftKConfig;
import io.github.icthp.diffusion.draft.DraftKOptimizer;
import io.github.icthp.diffusion.draft.DraftKResult;
import io.github.icthp.diffusion.draft.DraftReplica;
import io.github.icthp.diffusion.draft.MemoryPlan;
import io.github.icthp.diffusion.draft.MemoryPlanner;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.UnreadNotes;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.console.Version;
import io.github.icthp.examples.console.WarningLine;
import io.github.icthp.examples.input.PromptFile;
import io.github.icthp.examples.options.PipelineOptions;
import io.github.icthp.examples.options.RewardOptions;
import io.github.icthp.training.DivergenceException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Fine-tunes a diffusion model by the rewards. */
@Command(
        name = "finetune",
        description =
                "Fine-tunes SD3.5 or FLUX.1 by DRaFT-K: a reward's gradient through the last K"
                        + " denoising steps into a LoRA adapter.",
        customSynopsis = {
            "ict-hp finetune --model=DIR --ict=DIR --hp=DIR --prompts=FILE --out=DIR [OPTIONS]",
            "ict-hp finetune --model=DIR --reward=NAME=LOCATION[:WEIGHT]... --prompts=FILE"
                    + " --out=DIR [OPTIONS]",
            "ict-hp finetune --model=DIR --plan [OPTIONS]"
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class FinetuneCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Mixin private PipelineOptions model = new PipelineOptions();

    @Mixin private RewardOptions reward = new RewardOptions();

    @Mixin private DraftOptions draft = new DraftOptions();

    @Mixin private PlaceOptions places = new PlaceOptions();

    @Option(
            names = "--prompts",
            paramLabel = "FILE",
            description = "prompts to train on, one a line")
    private @Nullable Path prompts;

    @Option(
            names = "--standardize",
            paramLabel = "FILE",
            description =
                    "pictures and prompts, as score --pairs takes them, on which the mean and"
                            + " deviation of every --reward are measured: each then counts as"
                            + " (reward - mean) / deviation")
    private @Nullable Path standardize;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "the run's folder: adapter, checkpoints, metrics, grids")
    private @Nullable Path out;

    @Option(names = "--resume", description = "go on from the last checkpoint in --out, if any")
    private boolean resume;

    @Option(
            names = "--plan",
            description =
                    "tell what memory every --checkpointing would need, and do nothing; needs only"
                            + " --model")
    private boolean plan;

    @Override
    public Integer call() {
        if (!plan) {
            requireNamed();
        }
        places.prepare(model.device());
        try (DiffusionPipeline pipeline = model.open(builder -> builder)) {
            DraftKConfig config = draft.on(pipeline, model.size());
            pipeline.requireSize(config.sampling().width(), config.sampling().height());
            MemoryPlanner planner = MemoryPlanner.of(pipeline.parts()).orElseThrow();
            if (plan) {
                tell(planner.plans(config));
                return ExitCode.DONE;
            }
            tune(pipeline, config, planner);
            return ExitCode.DONE;
        } catch (DivergenceException | UnusableException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new UnusableException(e);
        }
    }

    private void tune(DiffusionPipeline pipeline, DraftKConfig config, MemoryPlanner planner) {
        PrintWriter err = spec.commandLine().getErr();
        try (TunedRewards rewards =
                        new TunedRewards(reward, draft.judges(), Optional.ofNullable(standardize));
                FinetuneProgress progress = new FinetuneProgress(spec.commandLine());
                RolloutPlaces there = places.open()) {
            List<String> texts = PromptFile.read(checkNotNull(prompts));
            DraftKBuilder run = describe(pipeline, config, texts, rewards).check();
            err.println("memory: " + planner.plan(config));
            rewards.load(run, model.device(), config.optimizer().batchSize(), err);
            there.describe(run, replicas(rewards));
            UnreadNotes.tell(rewards.unread(texts), err);
            tell(run.listener(progress).build().run());
        }
    }

    private CommandReplica replicas(TunedRewards rewards) {
        List<String> args = spec.root().commandLine().getParseResult().originalArgs();
        return new CommandReplica(
                ImmutableList.copyOf(args), ImmutableMap.copyOf(rewards.standardizations()));
    }

    /** Opens the model and what is maximized, on a device. */
    DraftReplica replica(Device device, Map<String, Standardization> standards) {
        model.device().use(device);
        DiffusionPipeline pipeline = model.open(builder -> builder);
        TunedRewards rewards = new TunedRewards(reward, List.of(), Optional.empty());
        Runnable closing =
                () -> {
                    try (pipeline) {
                        rewards.close();
                    }
                };
        try {
            int batch = draft.on(pipeline, model.size()).optimizer().batchSize();
            return DraftReplica.of(
                    pipeline, rewards.open(model.device(), batch, standards), closing);
        } catch (RuntimeException e) {
            closing.run();
            throw e;
        }
    }

    private void requireNamed() {
        List<String> missing = new ArrayList<>();
        if (prompts == null) {
            missing.add("'--prompts=FILE'");
        }
        if (out == null) {
            missing.add("'--out=DIR'");
        }
        if (!missing.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Missing required options: " + String.join(", ", missing) + " (or --plan)");
        }
        reward.requireNamed();
    }

    private DraftKBuilder describe(
            DiffusionPipeline pipeline,
            DraftKConfig config,
            List<String> texts,
            TunedRewards rewards) {
        DraftKBuilder run =
                DraftKOptimizer.builder()
                        .pipeline(pipeline)
                        .prompts(texts)
                        .config(config)
                        .output(checkNotNull(out))
                        .resume(resume)
                        .warnings(new WarningLine(spec.commandLine()));
        draft.describe(run, rewards.judge().map(RewardTerms::sum));
        rewards.describe(run, checkNotNull(out), resume);
        return run;
    }

    private void tell(List<MemoryPlan> plans) {
        PrintWriter told = spec.commandLine().getOut();
        plans.forEach(told::println);
        told.println("The reward model and the prompts' embeddings come on top.");
        if (model.tiled()) {
            told.println("Decoding in tiles needs less than is counted for the decoder.");
        }
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
