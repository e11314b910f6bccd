package io.github.icthp.examples.finetune;

import io.github.icthp.diffusion.draft.DraftKBuilder;
import io.github.icthp.diffusion.lora.LoraConfig;
import io.github.icthp.diffusion.lora.LoraFit;
import io.github.icthp.diffusion.lora.LoraTargets;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.examples.console.UnusableException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Which adapter is trained: a fresh one, or one that was trained before. */
final class AdapterOptions {

    private static final Map<String, LoraTargets> PRESETS =
            Map.of(
                    "attention", LoraTargets.attention(),
                    "joint-attention", LoraTargets.jointAttention(),
                    "all-blocks", LoraTargets.allBlocks(),
                    "all-linear", LoraTargets.allLinear());

    @Option(names = "--rank", paramLabel = "R", description = "its rank; default: 32")
    private @Nullable Integer rank;

    @Option(names = "--alpha", paramLabel = "A", description = "its alpha; default: the rank")
    private @Nullable Double alpha;

    @Option(
            names = "--targets",
            paramLabel = "NAME",
            split = ",",
            description =
                    "layers to adapt, by PEFT's rules, or attention, joint-attention, all-blocks or"
                            + " all-linear; default: attention, which is to_q,to_k,to_v,to_out.0")
    private @Nullable List<String> targets;

    @Option(
            names = "--dropout",
            paramLabel = "P",
            description = "the share of inputs that it does not see in training; default: 0")
    private @Nullable Double dropout;

    @Option(
            names = "--initial",
            paramLabel = "FILE",
            description =
                    "begin with this adapter, in place of a fresh one; rank, alpha and layers are"
                            + " then the file's")
    private @Nullable Path initial;

    /** Begins the run with the adapter that is named, if one is. */
    void beginWith(DraftKBuilder run) {
        if (initial != null) {
            run.initial(initial);
        }
    }

    /** Applies what was given, to a transformer of these layers. */
    LoraConfig on(LoraConfig standard, Map<String, LinearShape> linears) {
        LoraConfig config = rank == null ? standard : LoraConfig.rank(rank);
        if (alpha != null) {
            config = config.withAlpha(alpha);
        }
        if (targets != null) {
            config = config.withTargets(named(targets));
        }
        if (dropout != null) {
            config = config.withDropout(dropout);
        }
        if (initial == null) {
            return config;
        }
        LoraFit fit = LoraFit.of(initial, linears);
        requireAgreement("--rank", rank == null ? null : (long) rank, fit.ranks());
        requireAgreement("--alpha", alpha, fit.alphas());
        if (targets != null) {
            requireLayers(targets, config.targets().among(linears.keySet()), fit.layers().keySet());
        }
        return fit.config(config.dropout());
    }

    private static LoraTargets named(List<String> names) {
        LoraTargets preset = names.size() == 1 ? PRESETS.get(names.get(0)) : null;
        return preset == null ? LoraTargets.of(names) : preset;
    }

    private <T> void requireAgreement(String option, @Nullable T wanted, Set<T> found) {
        if (wanted != null && !found.equals(Set.of(wanted))) {
            throw new UnusableException(
                    String.format(
                            Locale.ROOT,
                            "%s %s: the adapter %s has %s; leave %s out, or begin afresh without"
                                    + " --initial",
                            option,
                            wanted,
                            initial,
                            found,
                            option));
        }
    }

    private void requireLayers(List<String> names, Collection<String> wanted, Set<String> found) {
        if (!found.equals(Set.copyOf(wanted))) {
            throw new UnusableException(
                    String.format(
                            Locale.ROOT,
                            "--targets %s: they match %d layers, the adapter %s is on %d, among"
                                    + " them %s; leave --targets out, or begin afresh without"
                                    + " --initial",
                            String.join(",", names),
                            wanted.size(),
                            initial,
                            found.size(),
                            found.iterator().next()));
        }
    }
}
