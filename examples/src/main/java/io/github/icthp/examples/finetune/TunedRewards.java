package io.github.icthp.examples.finetune;

import com.google.common.base.Preconditions;

import io.github.icthp.DifferentiableReward;
import io.github.icthp.RewardModel;
import io.github.icthp.Standardization;
import io.github.icthp.UnreadPrompts;
import io.github.icthp.diffusion.draft.DraftKBuilder;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.input.PairSource;
import io.github.icthp.examples.options.DeviceOptions;
import io.github.icthp.examples.options.RewardOptions;
import io.github.icthp.examples.options.RewardSpec;
import io.github.icthp.training.RunRecord;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** What a fine-tuning run maximizes, and what judges it: described first, loaded last. */
final class TunedRewards implements AutoCloseable {

    private final RewardOptions options;
    private final Optional<RewardTerms> terms;
    private final Optional<RewardTerms> judge;
    private final Optional<PairSource> sample;
    private @Nullable RewardModel ictHp;

    /**
     * Describes the rewards.
     *
     * @param options names what is maximized
     * @param judges never optimized; none to judge by what is maximized
     * @param sample pictures and prompts to standardize on, if there are to be such terms
     */
    TunedRewards(RewardOptions options, List<RewardSpec> judges, Optional<Path> sample) {
        this.options = options;
        this.terms = terms(options.rewards());
        this.judge = terms(judges);
        if (sample.isPresent() && terms.isEmpty()) {
            throw new UnusableException(
                    "--standardize needs --reward "
                            + RewardSpec.FORM
                            + ": ICT and HP by options of their own are not standardized");
        }
        this.sample = sample.map(file -> sample(file, !terms.orElseThrow().usesPrompts()));
    }

    private static PairSource sample(Path file, boolean promptless) {
        return PairSource.of("--standardize", file, Optional.empty(), promptless);
    }

    private static Optional<RewardTerms> terms(List<RewardSpec> specs) {
        return specs.isEmpty() ? Optional.empty() : Optional.of(new RewardTerms(specs));
    }

    /** Returns who judges held-out prompts, if others than what is maximized. */
    Optional<RewardTerms> judge() {
        return judge;
    }

    /** Names the rewards, as a run in the folder standardized them if there was one. */
    void describe(DraftKBuilder run, Path out, boolean resume) {
        terms.ifPresent(
                known -> {
                    if (resume && sample.isPresent()) {
                        recorded(out)
                                .flatMap(r -> known.recorded(r.config()))
                                .ifPresent(known::standardize);
                    }
                    run.reward(known.sum());
                });
    }

    private static Optional<RunRecord> recorded(Path out) {
        Path file = out.resolve("run.json");
        try {
            return Files.exists(file)
                    ? Optional.of(RunRecord.fromJson(Files.readString(file)))
                    : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Loads the models and names the rewards for good. */
    void load(DraftKBuilder run, DeviceOptions where, int batch, PrintWriter told) {
        Function<RewardSpec, RewardModel> open = spec -> options.open(spec, where, batch);
        judge.ifPresent(other -> other.load(open));
        if (terms.isEmpty()) {
            ictHp = options.open(where, batch);
            run.reward(Preconditions.checkNotNull(ictHp).differentiable());
        } else {
            terms.get().load(open);
            standardize(terms.get(), told);
            run.reward(terms.get().sum());
        }
        Map<String, Path> files = new LinkedHashMap<>();
        terms.ifPresent(known -> files.putAll(known.files()));
        judge.ifPresent(other -> other.files().forEach((n, file) -> files.put("judge " + n, file)));
        run.rewardFiles(files).assumptions(assumptions());
    }

    /** Loads what is maximized alone, standardized as it was elsewhere. */
    DifferentiableReward open(
            DeviceOptions where, int batch, Map<String, Standardization> standards) {
        if (terms.isEmpty()) {
            ictHp = options.open(where, batch);
            return Preconditions.checkNotNull(ictHp).differentiable();
        }
        terms.get().load(spec -> options.open(spec, where, batch));
        if (!standards.isEmpty()) {
            terms.get().standardize(standards);
        }
        return terms.get().sum();
    }

    /** Returns how the terms of what is maximized are standardized, by name. */
    Map<String, Standardization> standardizations() {
        return terms.map(known -> known.sum().standardizations()).orElse(Map.of());
    }

    /** Returns what the models do not read of these prompts, in sentences. */
    List<String> unread(List<String> prompts) {
        List<UnreadPrompts> all = new ArrayList<>();
        RewardModel own = ictHp;
        if (own != null) {
            UnreadPrompts unread = new UnreadPrompts(own.kind().name(), own::unreadTokens);
            prompts.forEach(unread::look);
            all.add(unread);
        }
        terms.ifPresent(known -> all.addAll(known.unread(prompts)));
        judge.ifPresent(other -> all.addAll(other.unread(prompts)));
        return UnreadPrompts.notes(all);
    }

    private Map<String, String> assumptions() {
        Map<String, String> found = new LinkedHashMap<>();
        if (ictHp != null) {
            found.put("reward", ictHp.provenance().assumption());
        }
        terms.ifPresent(known -> found.putAll(known.assumptions()));
        judge.ifPresent(other -> other.assumptions().forEach((n, a) -> found.put("judge " + n, a)));
        return found;
    }

    private void standardize(RewardTerms known, PrintWriter told) {
        if (sample.isEmpty()) {
            return;
        }
        if (known.sum().standardizations().isEmpty()) {
            PairSource pairs = sample.get();
            known.standardize(pairs::open);
        }
        told.println("reward: " + known.sum());
        told.flush();
    }

    @Override
    public void close() {
        terms.ifPresent(RewardTerms::close);
        judge.ifPresent(RewardTerms::close);
        if (ictHp != null) {
            ictHp.close();
        }
    }
}
