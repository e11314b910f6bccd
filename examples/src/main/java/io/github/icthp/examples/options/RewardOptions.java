package io.github.icthp.examples.options;

import io.github.icthp.RewardModel;
import io.github.icthp.examples.console.UnusableException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.List;

/** Which scorer: one of all that there are, or ICT and HP by options of their own. */
public final class RewardOptions {

    @Mixin private WeightOptions weights = new WeightOptions();

    @Option(
            names = "--reward",
            paramLabel = RewardSpec.FORM,
            converter = RewardSpec.Converter.class,
            description = {
                "any scorer, in place of --ict and --hp: pickscore=DIR, hps=FILE, clip=DIR,"
                        + " ict-hp=DIR, itm=DIR, image-reward=FILE, aesthetic=CLIP,HEAD; base=DIR after a comma is where its"
                        + " configuration lies; for finetune repeatable, a weighted sum"
            })
    private @Nullable List<RewardSpec> rewards;

    /** Returns what --reward named. */
    public List<RewardSpec> rewards() {
        return rewards == null ? List.of() : rewards;
    }

    /** Returns whether a prompt plays a part. */
    public boolean usesPrompts() {
        return rewards == null
                ? weights.usesPrompts()
                : rewards.stream().anyMatch(spec -> spec.definition().kind().readsPrompt());
    }

    /** Fails if no scorer is named, or both ways are taken. */
    public void requireNamed() {
        if (rewards == null && weights.isEmpty()) {
            throw new UnusableException(
                    "no weights: name --ict DIR, --hp DIR or both, or --reward "
                            + RewardSpec.FORM
                            + " (or try the verb sample)");
        }
        if (rewards != null && !weights.isEmpty()) {
            throw new UnusableException("name --reward, or --ict and --hp, not both");
        }
    }

    /** Loads the one scorer that is named. */
    public RewardModel open(DeviceOptions where, int batch) {
        requireNamed();
        if (rewards == null) {
            return weights.open(where, batch);
        }
        if (rewards.size() > 1) {
            throw new UnusableException(
                    "expected one --reward, got " + rewards.size() + "; score with one at a time");
        }
        return open(rewards.get(0), where, batch);
    }

    /** Loads a scorer, with --base and --architecture unless it names a base of its own. */
    public RewardModel open(RewardSpec spec, DeviceOptions where, int batch) {
        return weights.open(spec, where, batch);
    }
}
