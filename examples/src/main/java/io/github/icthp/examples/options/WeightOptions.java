package io.github.icthp.examples.options;

import io.github.icthp.RewardModel;
import io.github.icthp.RewardModelBuilder;
import io.github.icthp.clip.VisionSource;
import io.github.icthp.examples.console.DownloadBar;
import io.github.icthp.examples.console.Terminal;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.weights.hub.Hub;
import io.github.icthp.weights.hub.HubSettings;
import io.github.icthp.weights.hub.WeightLocator;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/** Which reward weights. */
public final class WeightOptions {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command = CommandSpec.create();

    @Option(
            names = "--ict",
            paramLabel = "DIR",
            description =
                    "ICT's weights: released layout, Hugging Face folder, one file, or a hub id such"
                            + " as 8y/ICT")
    private @Nullable String ict;

    @Option(
            names = "--hp",
            paramLabel = "DIR",
            description =
                    "HP's weights: a folder with hp_backbone and hp_scorer, or a hub id (8y/HP)")
    private @Nullable String hp;

    @Option(
            names = "--base",
            paramLabel = "DIR",
            description =
                    "configuration and tokenizer of the base model, a folder or hub id: config.json"
                            + " with processor_config.json or preprocessor_config.json, or"
                            + " open_clip_config.json")
    private @Nullable String base;

    @Mixin private ArchitectureOption architecture = new ArchitectureOption();

    /** Returns whether a prompt plays a part. */
    boolean usesPrompts() {
        return ict != null;
    }

    /** Returns whether no weights are named. */
    public boolean isEmpty() {
        return ict == null && hp == null;
    }

    /** Returns whether ICT's or HP's weights are named. */
    public boolean names(String model) {
        return (model.equals("ict") ? ict : hp) != null;
    }

    /** Finds the vision tower of the ICT weights. */
    public VisionSource ictTower() {
        return VisionSource.ofIct(find(ict), base(), architecture.named());
    }

    /** Finds the vision tower of HP's backbone; its head need not be there. */
    public VisionSource hpTower() {
        return VisionSource.ofHp(find(hp), base(), architecture.named());
    }

    private Optional<Path> base() {
        return Optional.ofNullable(base).map(WeightOptions::find);
    }

    /**
     * Fails if weights are named that another option does not ask for, or the other way round.
     *
     * @param usesIct whether ICT's are asked for
     * @param ictOption by which option
     */
    public void requireUse(boolean usesIct, String ictOption, boolean usesHp, String hpOption) {
        requireUse("--ict", ict, usesIct, ictOption);
        requireUse("--hp", hp, usesHp, hpOption);
    }

    private static void requireUse(
            String option, @Nullable String value, boolean used, String other) {
        if (used && value == null) {
            throw new UnusableException(other + " needs " + option + " DIR, where its weights are");
        }
        if (!used && value != null) {
            throw new UnusableException(option + " is used by " + other + " alone");
        }
    }

    /** Fails if no weights are named. */
    void requireNamed() {
        if (isEmpty()) {
            throw new UnusableException(
                    "no weights: name --ict DIR, --hp DIR or both (or try the verb sample)");
        }
    }

    /** Loads the model. */
    public RewardModel open(DeviceOptions where, int batch) {
        requireNamed();
        return told(load(this::builder, base, architecture, where, batch));
    }

    /** Loads any scorer, with the same --base unless it names its own. */
    public RewardModel open(RewardSpec spec, DeviceOptions where, int batch) {
        return told(
                spec.open(
                        builder -> {
                            builder.device(where.device())
                                    .precision(where.precision())
                                    .batch(batch);
                            architecture.named().ifPresent(builder::architecture);
                            return base == null ? builder : builder.base(find(base));
                        }));
    }

    /** Loads a base CLIP beside the model, with the same --base. */
    public RewardModel openClip(String clip, DeviceOptions where, int batch) {
        return told(load(clip, base, architecture, where, batch));
    }

    private RewardModel told(RewardModel model) {
        ArchitectureOption.tell(model.provenance().assumption(), command.commandLine());
        return model;
    }

    /** Loads a base CLIP. */
    public static RewardModel load(
            String clip,
            @Nullable String base,
            ArchitectureOption architecture,
            DeviceOptions where,
            int batch) {
        return load(() -> RewardModel.ict().ict(find(clip)), base, architecture, where, batch);
    }

    private static RewardModel load(
            Supplier<RewardModelBuilder> weights,
            @Nullable String base,
            ArchitectureOption architecture,
            DeviceOptions where,
            int batch) {
        try {
            RewardModelBuilder builder =
                    weights.get().device(where.device()).precision(where.precision()).batch(batch);
            architecture.named().ifPresent(builder::architecture);
            return (base == null ? builder : builder.base(find(base))).build();
        } catch (UnusableException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new UnusableException(e);
        }
    }

    private RewardModelBuilder builder() {
        if (ict == null) {
            return RewardModel.hp().hp(find(hp));
        }
        return hp == null
                ? RewardModel.ict().ict(find(ict))
                : RewardModel.combined().ict(find(ict)).hp(find(hp));
    }

    private static Path find(@Nullable String name) {
        Hub hub = new Hub(HubSettings.ofEnvironment(), new DownloadBar(Terminal.ERRORS));
        return new WeightLocator(hub).find(String.valueOf(name));
    }
}
