package io.github.icthp.diffusion.draft;

import ai.djl.Device;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.WeightedReward;
import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.lora.LoraConfig;
import io.github.icthp.diffusion.lora.LoraFile;
import io.github.icthp.diffusion.lora.LoraFit;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.report.Warnings;
import io.github.icthp.training.OptimizerConfig;
import io.github.icthp.training.RunBuilder;
import io.github.icthp.training.RunOptions;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Describes a DRaFT-K run. Later calls override earlier ones. Checkpoints and evaluations come
 * every 100 steps unless they are set otherwise; with a {@link #patience} the run stops early if
 * the held-out reward has fallen for so many evaluations though the trained one has risen
 * meanwhile.
 */
public final class DraftKBuilder extends RunBuilder<DraftKBuilder> {

    /** With SD3.5's embeddings in bf16, 11 GB of main memory. */
    private static final int PROMPT_CACHE = 4096;

    private DraftKConfig config = DraftKConfig.paper();
    private @Nullable DraftModel model;
    private @Nullable DifferentiableReward reward;
    private @Nullable DifferentiableReward judge;
    private Map<String, Path> rewardFiles = Map.of();
    private Map<String, String> assumptions = Map.of();
    private @Nullable Path initial;
    private List<String> prompts = List.of();
    private List<String> heldOut = List.of();
    private int promptCache = PROMPT_CACHE;
    private Consumer<String> warnings = Warnings.STANDARD_ERROR;
    private @Nullable ReplicaSource replicas;
    private List<Device> otherDevices = List.of();
    private @Nullable RolloutEngine engine;

    DraftKBuilder() {
        saveEvery(100).evaluateEvery(100);
    }

    @Override
    protected DraftKBuilder self() {
        return this;
    }

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
     * Sets what is maximized: a reward model, a {@link WeightedReward}, or any function of pixels.
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
     * Sets what was assumed of the rewards' weights because no file said it, such as {@link
     * io.github.icthp.ScoreProvenance#assumption}, for the run's record.
     *
     * @param value sentences by a role of one's own; empty ones are left out
     * @return this
     */
    public DraftKBuilder assumptions(Map<String, String> value) {
        assumptions = ImmutableMap.copyOf(value);
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
     * Sets how many prompts' embeddings a process keeps in main memory. A run of more prompts
     * encodes those of the steps that come, and for this loads the text encoders again beside the
     * transformer; a step's own prompts are kept in any case, and so are held-out ones where they
     * are evaluated. No bit of the run depends on it.
     *
     * @param prompts at least 1; 4,096 if it is not set
     * @return this
     * @throws IllegalArgumentException if it is less
     */
    public DraftKBuilder promptCache(int prompts) {
        Preconditions.checkArgument(
                prompts >= 1,
                "DraftKOptimizer: promptCache must be at least 1 prompt, got %s",
                prompts);
        promptCache = prompts;
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
     * Sets prompts that are evaluated and never trained on, and a reward that is never optimized.
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
        return config(config.with(c -> c.steps(value)));
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
        return config(config.with(c -> c.unrolling(value)));
    }

    /**
     * Changes how adapters are moved.
     *
     * @param change sets what differs, such as {@code o -> o.steps(100).batchSize(4)}
     * @return this
     */
    public DraftKBuilder optimizer(UnaryOperator<OptimizerConfig.Builder> change) {
        return config(config.with(c -> c.optimizer(change)));
    }

    /**
     * Sets which adapters are trained.
     *
     * @param value rank, alpha, targets, dropout and beginning
     * @return this
     */
    public DraftKBuilder lora(LoraConfig value) {
        return config(config.with(c -> c.lora(value)));
    }

    /**
     * Sets what is kept for the way back.
     *
     * @param value the policy
     * @return this
     */
    public DraftKBuilder checkpointing(RolloutCheckpointing value) {
        return config(config.with(c -> c.checkpointing(value)));
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
     * Shares the rollouts of every step with further devices of this machine. Each holds a replica
     * of model and reward; the first device, that of {@link #pipeline} or {@link #model}, moves the
     * adapters and evaluates. Gradients are summed in the order of the rollouts, so that the number
     * of devices changes no bit where each computes alike.
     *
     * @param source opens the replicas when the run begins, one after the other; the run closes
     *     them
     * @param others the further devices
     * @return this
     */
    public DraftKBuilder devices(ReplicaSource source, Device... others) {
        replicas = source;
        otherDevices = ImmutableList.copyOf(others);
        return this;
    }

    /**
     * Computes the rollouts of every step elsewhere, such as over Apache Spark. The model that is
     * named here moves the adapters and evaluates; its rollouts are the engine's.
     *
     * @param value the engine
     * @return this
     */
    public DraftKBuilder engine(RolloutEngine value) {
        engine = value;
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
        options().check(DraftKRecord.withoutWeights(this));
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
        if (!hasOutput()) {
            missing.add("output");
        }
        Preconditions.checkState(
                missing.isEmpty(), "DraftKOptimizer: these are required and missing: %s", missing);
        Preconditions.checkState(
                options().patience() == 0 || !heldOut.isEmpty(),
                "DraftKOptimizer: a patience of %s evaluations needs held-out prompts to evaluate;"
                        + " name them with heldOut(...)",
                options().patience());
        Preconditions.checkState(
                engine == null || otherDevices.isEmpty(),
                "DraftKOptimizer: rollouts are computed by an engine or on devices %s, not both;"
                        + " leave out engine(...) or devices(...)",
                otherDevices);
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

    /** Opens replicas, if there are other devices. */
    ReplicaSource replicas() {
        return Preconditions.checkNotNull(replicas);
    }

    List<Device> otherDevices() {
        return otherDevices;
    }

    Optional<RolloutEngine> engine() {
        return Optional.ofNullable(engine);
    }

    Map<String, Path> rewardFiles() {
        return rewardFiles;
    }

    Map<String, String> assumptions() {
        return assumptions;
    }

    RunOptions options() {
        return runOptions();
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

    int promptCache() {
        return promptCache;
    }

    /** Some prompts and the held-out ones, each once. */
    List<String> withHeldOut(List<String> some) {
        return Stream.concat(some.stream(), heldOut.stream()).distinct().toList();
    }

    Consumer<String> warnings() {
        return warnings;
    }
}
