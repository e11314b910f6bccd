package io.github.icthp.diffusion.draft;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.WeightedReward;
import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.draft.DraftKConfig.Sampling;
import io.github.icthp.diffusion.lora.LoraConfig;
import io.github.icthp.diffusion.lora.LoraFile;
import io.github.icthp.diffusion.lora.LoraFit;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.report.Warnings;
import io.github.icthp.training.RunFolder;
import io.github.icthp.training.RunFolder.Start;
import io.github.icthp.training.RunListener;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Describes a DRaFT-K run. Later calls override earlier ones. */
public final class DraftKBuilder {

    private DraftKConfig config = DraftKConfig.paper();
    private @Nullable DraftModel model;
    private @Nullable DifferentiableReward reward;
    private @Nullable DifferentiableReward judge;
    private Map<String, Path> rewardFiles = Map.of();
    private @Nullable Path output;
    private @Nullable Path initial;
    private List<String> prompts = List.of();
    private List<String> heldOut = List.of();
    private Start start = Start.NEW;
    private final List<RunListener> listeners = new ArrayList<>();
    private Consumer<String> warnings = Warnings.STANDARD_ERROR;

    DraftKBuilder() {}

    /**
     * Sets what is tuned.
     *
     * @param value the model, which the run does not close
     * @return this
     */
    public DraftKBuilder model(DraftModel value) {
        model = value;
        return this;
    }

    /**
     * Sets what is tuned: the transformer of a pipeline. All prompts are encoded when the run
     * begins, and kept in memory; unless the pipeline keeps its text encoders, they are released
     * before the transformer is loaded.
     *
     * @param value the pipeline, which the run does not close
     * @return this
     * @throws IllegalArgumentException if it was opened with an adapter file
     */
    public DraftKBuilder pipeline(DiffusionPipeline value) {
        Preconditions.checkArgument(
                !value.hasAdapter(),
                "DraftKOptimizer: expected a pipeline without adapters, %s has some; open it"
                        + " without lora(...), and go on from an adapter with initial(...)",
                value.parts().name());
        return model(new PipelineModel(value));
    }

    /**
     * Sets what is maximised: a reward model, a {@link WeightedReward}, or any function of pixels.
     * Every result is {@link DifferentiableReward#checked checked}: a wrong shape, type or device,
     * or no gradient, ends the run before anything is moved.
     *
     * @param value the reward
     * @return this
     */
    public DraftKBuilder reward(DifferentiableReward value) {
        reward = value;
        return this;
    }

    /**
     * Sets the weights files of rewards, whose hashes the run's record keeps: a resumed run must
     * have the same. Without them the record says nothing of what a reward was loaded from.
     *
     * @param value files or folders by a role of one's own, such as {@code pickscore}
     * @return this
     */
    public DraftKBuilder rewardFiles(Map<String, Path> value) {
        rewardFiles = ImmutableMap.copyOf(value);
        return this;
    }

    /**
     * Sets the prompts to train on.
     *
     * @param value at least one prompt
     * @return this
     */
    public DraftKBuilder prompts(List<String> value) {
        prompts = ImmutableList.copyOf(value);
        return this;
    }

    /**
     * Sets prompts that are evaluated and never trained on, by the reward itself.
     *
     * @param value the prompts
     * @return this
     */
    public DraftKBuilder heldOut(List<String> value) {
        heldOut = ImmutableList.copyOf(value);
        return this;
    }

    /**
     * Sets prompts that are evaluated and never trained on, and a reward that is never optimised.
     *
     * @param value the prompts
     * @param other judges their pictures; the run may stop early when it falls
     * @return this
     */
    public DraftKBuilder heldOut(List<String> value, DifferentiableReward other) {
        judge = other;
        return heldOut(value);
    }

    /**
     * Sets everything that has a number.
     *
     * @param value the settings
     * @return this
     */
    public DraftKBuilder config(DraftKConfig value) {
        config = value;
        return this;
    }

    /**
     * Sets the denoising steps of a rollout.
     *
     * @param value T, at least K
     * @return this
     */
    public DraftKBuilder steps(int value) {
        return sampling(value, config.sampling().unrolling());
    }

    /**
     * Differentiates the last steps.
     *
     * @param k K, from 1 to T
     * @return this
     */
    public DraftKBuilder lastK(int k) {
        return unrolling(new Unrolling.LastK(k));
    }

    /**
     * Chooses the steps that are differentiated.
     *
     * @param value which steps
     * @return this
     */
    public DraftKBuilder unrolling(Unrolling value) {
        return sampling(config.sampling().steps(), value);
    }

    private DraftKBuilder sampling(int steps, Unrolling unrolling) {
        Sampling s = config.sampling();
        config =
                config.with(
                        new Sampling(
                                steps, unrolling, s.width(), s.height(), s.guidance(), s.clamp()));
        return this;
    }

    /**
     * Sets which adapters are trained.
     *
     * @param value rank, alpha, targets, dropout and beginning
     * @return this
     */
    public DraftKBuilder lora(LoraConfig value) {
        config = config.with(value);
        return this;
    }

    /**
     * Sets what is kept for the way back.
     *
     * @param value the policy
     * @return this
     */
    public DraftKBuilder checkpointing(RolloutCheckpointing value) {
        config = config.with(value);
        return this;
    }

    /**
     * Begins with an adapter that was trained before, in place of a fresh one: rank, alpha and
     * layers are the file's, and of the configuration's adapters only the dropout counts.
     *
     * @param adapter an adapter file, or a folder that holds one
     * @return this
     */
    public DraftKBuilder initial(Path adapter) {
        initial = adapter;
        return this;
    }

    /**
     * Sets the run's folder.
     *
     * @param value the folder; made if it is not there
     * @return this
     */
    public DraftKBuilder output(Path value) {
        output = value;
        return this;
    }

    /**
     * Says whether to go on from what the folder holds.
     *
     * @param value true to go on from the last checkpoint, or to begin if there is none
     * @return this
     */
    public DraftKBuilder resume(boolean value) {
        start = value ? Start.RESUME : Start.NEW;
        return this;
    }

    /**
     * Sets who is told, in a line for people, of what is left out of the adapter to begin with, and
     * of prompts that are both trained on and held out.
     *
     * @param value called when the run starts; by default lines go to the standard error stream
     * @return this
     */
    public DraftKBuilder warnings(Consumer<String> value) {
        warnings = value;
        return this;
    }

    /**
     * Adds a listener.
     *
     * @param value hears what the run does
     * @return this
     */
    public DraftKBuilder listener(RunListener value) {
        listeners.add(value);
        return this;
    }

    /**
     * Checks what can be known before a model is loaded: prompts and held-out prompts, the size of
     * the pictures, the layers to adapt, the adapter to begin with, and whether the output folder
     * is free. A reward need not be named yet. Nothing is written.
     *
     * @return this
     * @throws IllegalStateException if something required was not named, held-out prompts are
     *     needed, or the folder holds a run that is not to be resumed, or one of other settings, or
     *     is in use
     * @throws IllegalArgumentException if the model cannot make such pictures, or a target is none
     *     of its layers
     * @throws io.github.icthp.weights.WeightsFormatException if the adapter to begin with is no
     *     adapter file or does not fit the model
     * @throws java.io.UncheckedIOException if it is missing, or the folder cannot be written
     */
    public DraftKBuilder check() {
        requireNamed(false);
        model().check(config);
        checkAdapters();
        RunFolder.check(output(), DraftKRecord.withoutWeights(this), start);
        return this;
    }

    private void checkAdapters() {
        Optional<Map<String, LinearShape>> linears = model().linears();
        if (initial == null) {
            linears.ifPresent(known -> config.lora().targets().among(known.keySet()));
        } else if (linears.isPresent()) {
            LoraFit.of(initial, linears.get()).requireTrainable();
        } else {
            LoraFile.open(initial).close();
        }
    }

    /**
     * Completes the description.
     *
     * @return the run, ready to start
     * @throws IllegalStateException if something required was not named, all of which is listed, or
     *     the run is to stop early and has no held-out prompts
     * @throws io.github.icthp.weights.WeightsFormatException if the adapter to begin with is no
     *     adapter file
     * @throws java.io.UncheckedIOException if it is missing or cannot be read
     */
    public DraftKOptimizer build() {
        requireNamed(true);
        if (initial != null) {
            LoraFile.open(initial).close();
        }
        return new DraftKOptimizer(this);
    }

    private void requireNamed(boolean withReward) {
        List<String> missing = new ArrayList<>();
        if (model == null) {
            missing.add("pipeline or model");
        }
        if (withReward && reward == null) {
            missing.add("reward");
        }
        if (prompts.isEmpty()) {
            missing.add("prompts");
        }
        if (output == null) {
            missing.add("output");
        }
        Preconditions.checkState(
                missing.isEmpty(), "DraftKOptimizer: these are required and missing: %s", missing);
        Preconditions.checkState(
                config.guards().patience() == 0 || !heldOut.isEmpty(),
                "DraftKOptimizer: a patience of %s evaluations needs held-out prompts to evaluate;"
                        + " name them with heldOut(...)",
                config.guards().patience());
    }

    DraftKConfig config() {
        return config;
    }

    DraftModel model() {
        return Preconditions.checkNotNull(model);
    }

    DifferentiableReward reward() {
        return Preconditions.checkNotNull(reward);
    }

    DifferentiableReward judge() {
        return judge == null ? reward() : judge;
    }

    /** The terms of what is maximized, if it is a weighted sum. */
    Optional<WeightedReward> namedReward() {
        return reward instanceof WeightedReward sum ? Optional.of(sum) : Optional.empty();
    }

    /** The terms of the held-out reward, if it is a weighted sum. */
    Optional<WeightedReward> namedJudge() {
        return judge instanceof WeightedReward sum ? Optional.of(sum) : Optional.empty();
    }

    Map<String, Path> rewardFiles() {
        return rewardFiles;
    }

    Path output() {
        return Preconditions.checkNotNull(output);
    }

    @Nullable Path initial() {
        return initial;
    }

    List<String> prompts() {
        return prompts;
    }

    List<String> heldOut() {
        return heldOut;
    }

    /** All prompts of the run, each once. */
    List<String> allPrompts() {
        return Stream.concat(prompts.stream(), heldOut.stream()).distinct().toList();
    }

    Start start() {
        return start;
    }

    Consumer<String> warnings() {
        return warnings;
    }

    List<RunListener> listeners() {
        return ImmutableList.copyOf(listeners);
    }
}
