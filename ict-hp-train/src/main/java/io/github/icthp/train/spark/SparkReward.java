package io.github.icthp.train.spark;

import ai.djl.Device;

import com.google.common.base.Preconditions;

import io.github.icthp.BuiltInRewards;
import io.github.icthp.Miniature;
import io.github.icthp.Precision;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardModelBuilder;
import io.github.icthp.reward.RewardDefinition;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.reward.RewardSources;
import io.github.icthp.reward.ScoreScale;
import io.github.icthp.weights.hub.Hub;

import org.jspecify.annotations.Nullable;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A reward model as a driver describes it to its executors. Immutable: each method returns a new
 * description. Locations are looked for on every executor's machine: a path that all of them have,
 * or a model of the hub in their caches.
 *
 * <pre>{@code
 * SparkReward.named("ict-hp").ict("/models/ICT").hp("/models/HP").device("gpu")
 * SparkReward.named("pickscore").weights("yuvalkirstain/PickScore_v1").download(true)
 * SparkReward.miniature()
 * }</pre>
 */
public final class SparkReward implements Serializable {

    private static final long serialVersionUID = 1L;

    private static final String MINIATURE = "miniature:";
    private static final Pattern DEVICE = Pattern.compile("cpu|gpu(:\\d{1,3})?");

    /** What is measured. */
    private final Measure measure;

    /** The name of the column of scores. */
    private final String column;

    /** Where each part is, by the part's name. */
    private final TreeMap<String, String> locations;

    /** How the model runs. */
    private final Settings settings;

    /** What loads a model of the program's own; null for those of the library. */
    private final @Nullable Loader loader;

    private SparkReward(
            Measure measure,
            String column,
            Map<String, String> locations,
            Settings settings,
            @Nullable Loader loader) {
        this.measure = measure;
        this.column = column;
        this.locations = new TreeMap<>(locations);
        this.settings = settings;
        this.loader = loader;
    }

    /**
     * What is measured, in types that travel.
     *
     * @param name the scorer's name
     * @param title its kind's name
     * @param scale what its numbers mean
     * @param parts the names of the network's numbers
     * @param readsPrompt whether a score depends on the prompt
     */
    record Measure(
            String name, String title, ScoreScale scale, List<String> parts, boolean readsPrompt)
            implements Serializable {

        static Measure of(String name, RewardKind kind) {
            return new Measure(name, kind.name(), kind.scale(), kind.parts(), kind.readsPrompt());
        }

        RewardKind kind() {
            return new RewardKind(title, scale, readsPrompt, parts);
        }
    }

    private record Settings(
            String device,
            Precision precision,
            int batch,
            boolean download,
            boolean openClipPrompts)
            implements Serializable {

        private static final Settings USUAL = new Settings("cpu", Precision.AUTO, 1, false, false);
    }

    /** Loads a model on an executor. */
    @FunctionalInterface
    public interface Loader extends Serializable {
        /**
         * Loads the model, which closes when its executor no longer needs it.
         *
         * @param device where it is to run
         * @return a model of the kind that was promised
         */
        RewardModel load(Device device);
    }

    /**
     * Describes a scorer that comes with the library.
     *
     * @param name one of {@link BuiltInRewards#names}
     * @return a description that needs the locations of its parts
     * @throws IllegalArgumentException if there is none of the name; it lists the names
     */
    public static SparkReward named(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        Measure measure = Measure.of(lower, BuiltInRewards.named(lower).kind());
        return new SparkReward(measure, columnOf(lower), Map.of(), Settings.USUAL, null);
    }

    /**
     * Describes ICT · HP of the small models that come with the library.
     *
     * @return a whole description
     * @see Miniature
     */
    public static SparkReward miniature() {
        return named("ict-hp").ict(MINIATURE + "ict").hp(MINIATURE + "hp");
    }

    /**
     * Describes a model that a program loads by itself, such as one of its own definition.
     *
     * @param name what messages and the column are called; equal names mean the same model
     * @param kind what the model measures
     * @param loader loads it; its class must be on the executors' class path
     * @return a whole description
     */
    public static SparkReward of(String name, RewardKind kind, Loader loader) {
        Preconditions.checkArgument(!name.isBlank(), "SparkReward: the name is blank");
        return new SparkReward(
                Measure.of(name, kind), columnOf(name), Map.of(), Settings.USUAL, loader);
    }

    private static String columnOf(String name) {
        return name.replaceAll("[^A-Za-z0-9_]+", "_");
    }

    /**
     * Sets the location of a part: a path that every executor has, a model of the hub, or {@code
     * miniature:ict}, {@code miniature:hp} and {@code miniature:clip}, which come with the library.
     *
     * @param part the part's name, such as {@code ict}
     * @param location where it is
     * @return the new description
     */
    public SparkReward part(String part, String location) {
        Preconditions.checkArgument(
                !location.isBlank(), "SparkReward: the location of %s is blank", part);
        TreeMap<String, String> more = new TreeMap<>(locations);
        more.put(part, location);
        return new SparkReward(measure, column, more, settings, loader);
    }

    /**
     * Sets the location of the ICT weights.
     *
     * @param location as {@link #part} takes it
     * @return the new description
     */
    public SparkReward ict(String location) {
        return part(RewardSources.ICT, location);
    }

    /**
     * Sets the location of the HP weights.
     *
     * @param location as {@link #part} takes it
     * @return the new description
     */
    public SparkReward hp(String location) {
        return part(RewardSources.HP, location);
    }

    /**
     * Sets the location of the weights of a scorer that has one model.
     *
     * @param location as {@link #part} takes it
     * @return the new description
     */
    public SparkReward weights(String location) {
        return part(RewardSources.WEIGHTS, location);
    }

    /**
     * Sets the location of a head that lies apart from its backbone.
     *
     * @param location as {@link #part} takes it
     * @return the new description
     */
    public SparkReward head(String location) {
        return part(RewardSources.HEAD, location);
    }

    /**
     * Sets the folder of the base model's configuration and tokenizer.
     *
     * @param location as {@link #part} takes it
     * @return the new description
     */
    public SparkReward base(String location) {
        return part(RewardSources.BASE, location);
    }

    /**
     * Chooses where the networks run.
     *
     * @param device {@code cpu}, which is the default; {@code gpu}, the GPU that Spark assigned to
     *     the task, or without such an assignment the machine's GPUs in turn; or {@code gpu:N}
     * @return the new description
     * @throws IllegalArgumentException if it is something else
     */
    public SparkReward device(String device) {
        Preconditions.checkArgument(
                DEVICE.matcher(device).matches(),
                "SparkReward: expected the device cpu, gpu or gpu:N, got '%s'",
                device);
        return with(
                new Settings(
                        device,
                        settings.precision,
                        settings.batch,
                        settings.download,
                        settings.openClipPrompts));
    }

    /**
     * Chooses what the networks compute in. {@link Precision#AUTO}, the default, chooses on each
     * executor for itself: on machines of several kinds, name one.
     *
     * @param precision the precision
     * @return the new description
     */
    public SparkReward precision(Precision precision) {
        return with(
                new Settings(
                        settings.device,
                        precision,
                        settings.batch,
                        settings.download,
                        settings.openClipPrompts));
    }

    /**
     * Sets how many neighboring rows of a partition are computed together. At 1, the default, a
     * score has the bits of {@link RewardModel#score}, however rows are partitioned. More rows are
     * faster on a GPU, and move a score by up to 1e-6 in float32 and 1e-3 in half precision.
     *
     * @param images 1 to 1,024
     * @return the new description
     * @throws IllegalArgumentException if out of range
     */
    public SparkReward batch(int images) {
        Preconditions.checkArgument(
                images >= 1 && images <= 1024,
                "SparkReward: batch must be in 1..1024, got %s",
                images);
        return with(
                new Settings(
                        settings.device,
                        settings.precision,
                        images,
                        settings.download,
                        settings.openClipPrompts));
    }

    /**
     * Lets executors download what their caches lack, as {@link Hub#ofEnvironment} does.
     *
     * @param download whether to; by default an executor's cache must have it
     * @return the new description
     */
    public SparkReward download(boolean download) {
        return with(
                new Settings(
                        settings.device,
                        settings.precision,
                        settings.batch,
                        download,
                        settings.openClipPrompts));
    }

    /**
     * Cleans prompts as {@link RewardModelBuilder#openClipPrompts} says.
     *
     * @param openClip whether to
     * @return the new description
     */
    public SparkReward openClipPrompts(boolean openClip) {
        return with(
                new Settings(
                        settings.device,
                        settings.precision,
                        settings.batch,
                        settings.download,
                        openClip));
    }

    /**
     * Names the column of the scores.
     *
     * @param name the column's name; without this the scorer's, with {@code _} for what is no
     *     letter or digit, such as {@code ict_hp}
     * @return the new description
     */
    public SparkReward as(String name) {
        Preconditions.checkArgument(!name.isBlank(), "SparkReward: the column's name is blank");
        return new SparkReward(measure, name, locations, settings, loader);
    }

    private SparkReward with(Settings other) {
        return new SparkReward(measure, column, locations, other, loader);
    }

    Measure measure() {
        return measure;
    }

    String column() {
        return column;
    }

    String device() {
        return settings.device;
    }

    /** Fails on the driver if a required part has no location. */
    void requireParts() {
        if (loader != null) {
            return;
        }
        List<String> missing =
                definition().requires().stream()
                        .filter(part -> !locations.containsKey(part))
                        .toList();
        Preconditions.checkState(
                missing.isEmpty(),
                "SparkReward: %s needs the location of %s: call .part(name, location)",
                measure.name,
                missing);
    }

    private RewardDefinition definition() {
        return BuiltInRewards.named(measure.name);
    }

    /** Loads the model on this machine. */
    RewardModel load(Device device) {
        if (loader != null) {
            return loader.load(device);
        }
        RewardModelBuilder builder =
                RewardModel.of(definition())
                        .device(device)
                        .precision(settings.precision)
                        .batch(settings.batch)
                        .openClipPrompts(settings.openClipPrompts);
        if (settings.download) {
            builder.hub(Hub.ofEnvironment());
        }
        locations.forEach((part, location) -> builder.part(part, resolved(location)));
        return builder.build();
    }

    private static String resolved(String location) {
        return switch (location) {
            case MINIATURE + "ict" -> Miniature.ict().toString();
            case MINIATURE + "hp" -> Miniature.hp().toString();
            case MINIATURE + "clip" -> Miniature.clip().toString();
            default -> location;
        };
    }

    /** Returns the scorer, where its parts are, and how it runs: equal texts load equal models. */
    @Override
    public String toString() {
        return loader != null
                ? measure.name + " of the program's own, on " + settings.device
                : String.format(
                        Locale.ROOT,
                        "%s %s on %s, %s, batch %d%s%s",
                        measure.name,
                        locations,
                        settings.device,
                        settings.precision,
                        settings.batch,
                        settings.openClipPrompts ? ", open_clip's prompts" : "",
                        settings.download ? ", downloaded if need be" : "");
    }
}
