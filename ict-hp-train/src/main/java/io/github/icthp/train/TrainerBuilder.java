package io.github.icthp.train;

import ai.djl.Device;

import com.google.common.base.Preconditions;

import io.github.icthp.Precision;
import io.github.icthp.clip.ClipArchitecture;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.NativeMemory;
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
public abstract sealed class TrainerBuilder<B extends TrainerBuilder<B>> extends RunOptions<B>
        permits ClipTrainerBuilder, IctTrainerBuilder, HpTrainerBuilder {

    private final String kind;
    private @Nullable Path base;
    private @Nullable Path settings;
    private @Nullable ClipArchitecture architecture;
    private List<Device> devices = List.of(Device.cpu());
    private Precision precision = Precision.FP32;
    private Checkpointing checkpointing = Checkpointing.NONE;
    private long seed;

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
     * Loads the networks onto their devices and prepares the optimiser.
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
        try (TrainingRun run = new TrainingRun(this)) {
            return run.toEnd();
        }
    }

    private void require(List<String> missing) {
        Preconditions.checkState(
                missing.isEmpty(),
                "Trainers.%s(): missing %s",
                kind,
                String.join(" and ", missing));
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
}
