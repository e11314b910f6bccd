package io.github.icthp.train;

import ai.djl.Device;

import com.google.common.base.Preconditions;

import io.github.icthp.Precision;
import io.github.icthp.clip.ClipArchitecture;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.NativeMemory;
import io.github.icthp.train.data.BadRowHandler;
import io.github.icthp.train.data.PreferenceDataset;
import io.github.icthp.training.OptimizerConfig;
import io.github.icthp.training.RunBuilder;
import io.github.icthp.training.RunFolder;
import io.github.icthp.training.RunOptions;
import io.github.icthp.training.TrainingLoop;
import io.github.icthp.weights.hub.Hub;
import io.github.icthp.weights.hub.WeightLocator;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the trainers of both reward models are told.
 *
 * @param <B> the builder itself
 */
public abstract sealed class TrainerBuilder<B extends TrainerBuilder<B>> extends RunBuilder<B>
        permits ClipTrainerBuilder, IctTrainerBuilder, HpTrainerBuilder {

    private final String kind;
    private @Nullable Path base;
    private @Nullable Path settings;
    private @Nullable ClipArchitecture architecture;
    private List<Device> devices = List.of(Device.cpu());
    private Precision precision = Precision.FP32;
    private Checkpointing checkpointing = Checkpointing.NONE;
    private long seed;
    private @Nullable PreferenceDataset data;
    private @Nullable PreferenceDataset validation;
    private BadRowHandler badRows = BadRowHandler.fail();
    private int decodingThreads = Runtime.getRuntime().availableProcessors();

    TrainerBuilder(String kind) {
        this.kind = kind;
    }

    /**
     * Sets the CLIP model to begin with. Required.
     *
     * @param weights a weights file, or a folder that holds one
     * @return this
     */
    public B base(Path weights) {
        base = weights;
        return self();
    }

    /**
     * Sets the CLIP model to begin with by its hub id.
     *
     * @param id {@code owner/name} or {@code owner/name@revision}, looked for in the hub's cache
     *     and downloaded if the environment allows it; or a path
     * @return this
     * @throws IllegalArgumentException if it is neither
     * @throws io.github.icthp.weights.hub.HubException if the model cannot be had
     */
    public B base(String id) {
        return base(new WeightLocator(Hub.ofEnvironment()).find(id));
    }

    /**
     * Sets the folder of the base model's configuration and tokenizer, where they do not lie beside
     * its weights: {@code config.json} with {@code processor_config.json} or {@code
     * preprocessor_config.json}, or {@code open_clip_config.json}.
     *
     * @param folder the folder
     * @return this
     */
    public B settings(Path folder) {
        settings = folder;
        return self();
    }

    /**
     * Sets the architecture of a base model that no configuration lies beside; it is taken in place
     * of any.
     *
     * @param architecture shape, activation and image settings
     * @return this
     */
    public B architecture(ClipArchitecture architecture) {
        this.architecture = architecture;
        return self();
    }

    /**
     * Chooses the devices that share each batch; the first CPU if this is not called.
     *
     * @param first the device that computes the loss and moves the weights
     * @param others further devices
     * @return this
     */
    public B devices(Device first, Device... others) {
        List<Device> all = new ArrayList<>(List.of(first));
        all.addAll(List.of(others));
        devices = List.copyOf(all);
        return self();
    }

    /**
     * Chooses what the towers compute in. Weights, their moments and the loss stay float32 in every
     * precision.
     *
     * @param precision the precision; {@link Precision#FP32} if this is not called
     * @return this
     */
    public B precision(Precision precision) {
        this.precision = precision;
        return self();
    }

    /**
     * Chooses what is kept between forward and backward pass.
     *
     * @param checkpointing the policy; {@link Checkpointing#NONE} if this is not called
     * @return this
     */
    public B checkpointing(Checkpointing checkpointing) {
        this.checkpointing = checkpointing;
        return self();
    }

    /**
     * Sets what everything random in the run depends on.
     *
     * @param seed the seed; 0 if this is not called
     * @return this
     */
    public B seed(long seed) {
        this.seed = seed;
        return self();
    }

    /**
     * Sets the triplets to train on. Required to {@code train()}.
     *
     * @param triplets the data set, which stays open; one that ends is shuffled anew in every pass
     * @return this
     */
    public B data(PreferenceDataset triplets) {
        data = triplets;
        return self();
    }

    /**
     * Sets triplets that are never trained on; the best checkpoint is the one that ranks most of
     * their pairs as people do, and with a {@link #patience} the run stops early when they are
     * ranked no better.
     *
     * @param triplets a data set that ends, and stays open
     * @return this
     * @throws IllegalArgumentException if it has no end
     */
    public B validation(PreferenceDataset triplets) {
        Preconditions.checkArgument(
                triplets.size().isPresent(),
                "Trainers: the validation data %s has no end; say how many rows to take",
                triplets.name());
        validation = triplets;
        return self();
    }

    /**
     * Sets triplets that are never trained on, of which the first are taken.
     *
     * @param triplets a data set, which stays open
     * @param rows how many of its rows are taken at most
     * @return this
     * @throws IllegalArgumentException if it is less than 1
     */
    public B validation(PreferenceDataset triplets, long rows) {
        Preconditions.checkArgument(
                rows >= 1, "Trainers: validation rows must be at least 1, got %s", rows);
        return validation(new FirstRows(triplets, rows));
    }

    /**
     * Sets what happens at a row that cannot be used; the run stops there if this is not called.
     *
     * @param handler for example a {@link io.github.icthp.train.data.BadRowLog}, which skips it
     * @return this
     */
    public B badRows(BadRowHandler handler) {
        badRows = handler;
        return self();
    }

    /**
     * Sets how many threads decode images.
     *
     * @param threads one per processor if this is not called
     * @return this
     * @throws IllegalArgumentException if it is less than 1
     */
    public B decodingThreads(int threads) {
        Preconditions.checkArgument(
                threads >= 1, "Trainers: decodingThreads must be at least 1, got %s", threads);
        decodingThreads = threads;
        return self();
    }

    /**
     * Loads the networks onto their devices and prepares the optimizer.
     *
     * @return a trainer at step 0; close it to free its memory
     * @throws IllegalStateException if something required was not named
     * @throws IllegalArgumentException if files are missing or do not belong together
     * @throws io.github.icthp.weights.WeightsMismatchException if weights do not fit their model
     */
    public RewardTrainer build() {
        List<String> missing = new ArrayList<>();
        missing(missing);
        require(missing);
        return load();
    }

    /**
     * Trains to the end, or until it is stopped early.
     *
     * @return what came of it, with the folders of the weights
     * @throws IllegalStateException if something required was not named, all of it at once; or if
     *     the output folder holds a run that is not to be resumed, or was made otherwise
     * @throws io.github.icthp.training.DivergenceException if a loss or gradient is not finite; the
     *     message names step and rows, and the last checkpoint is as it was
     * @throws io.github.icthp.train.data.BadRowException if a row cannot be used and is not skipped
     * @throws java.io.UncheckedIOException if the output folder cannot be written; earlier
     *     checkpoints are as they were
     */
    public TrainingResult train() {
        List<String> missing = new ArrayList<>();
        missing(missing);
        missingForRun(missing);
        require(missing);
        RunOptions options = options();
        try (RewardTrainer trainer = load();
                RunFolder folder = options.open(TrainingRecord.of(this, trainer));
                RewardTask task = new RewardTask(this, trainer)) {
            return task.result(TrainingLoop.run(task, options, folder), folder);
        }
    }

    private void require(List<String> missing) {
        Preconditions.checkState(
                missing.isEmpty(),
                "Trainers.%s(): missing %s",
                kind,
                String.join(" and ", missing));
    }

    private void missingForRun(List<String> missing) {
        if (data == null) {
            missing.add("data(triplets)");
        }
        if (!hasOutput()) {
            missing.add("output(folder)");
        }
    }

    /** Lists what is required and was not named. */
    void missing(List<String> missing) {
        if (base == null) {
            missing.add("base(path) with the weights of a CLIP model");
        }
    }

    abstract RewardTrainer load();

    /**
     * Loads one replica a device and joins them into a trainer; if anything fails, what was loaded
     * is closed. Freed memory goes back as the checkpointing asks until the trainer is closed.
     */
    final RewardTrainer join(
            Function<Device, Replica> replica, Function<List<Replica>, RewardTrainer> trainer) {
        List<Replica> replicas = new ArrayList<>();
        NativeMemory.returnLarge(checkpointing.large());
        try {
            devices.forEach(device -> replicas.add(replica.apply(device)));
            return trainer.apply(replicas);
        } catch (RuntimeException | Error e) {
            replicas.forEach(Replica::close);
            NativeMemory.reuse();
            throw e;
        }
    }

    /** All settings with a number, for the record. */
    abstract Object config();

    abstract OptimizerConfig optimizer();

    /** The weights that the run begins with, by their roles. */
    Map<String, Path> weights() {
        return new LinkedHashMap<>(Map.of("base", Preconditions.checkNotNull(base)));
    }

    final String kind() {
        return kind;
    }

    final BaseModel baseModel() {
        return BaseModel.find(
                Preconditions.checkNotNull(base), Optional.ofNullable(settings), architecture());
    }

    final Optional<ClipArchitecture> architecture() {
        return Optional.ofNullable(architecture);
    }

    final List<Device> devices() {
        return devices;
    }

    final Compute compute() {
        DType type = precision.on(devices.get(0)).dtype();
        return Compute.on(devices.get(0), type, checkpointing);
    }

    final long seed() {
        return seed;
    }

    final RunOptions options() {
        return runOptions();
    }

    final PreferenceDataset data() {
        return Preconditions.checkNotNull(data);
    }

    final Optional<PreferenceDataset> validation() {
        return Optional.ofNullable(validation);
    }

    final BadRowHandler badRows() {
        return badRows;
    }

    final int decodingThreads() {
        return decodingThreads;
    }
}
