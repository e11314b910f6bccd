package io.github.icthp.examples.finetune;

import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;
import com.google.common.collect.Maps;
import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.Rewards;
import io.github.icthp.Standardization;
import io.github.icthp.UnreadPrompts;
import io.github.icthp.WeightedReward;
import io.github.icthp.examples.console.Messages;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.options.RewardSpec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Scorers as the terms of a weighted sum. The sum can be described before any model is loaded, so
 * that what is wrong with a run is told first.
 */
final class RewardTerms implements AutoCloseable {

    private final Map<String, RewardSpec> specs = new LinkedHashMap<>();
    private final Map<String, RewardModel> models = new LinkedHashMap<>();
    private WeightedReward sum;

    /** Takes at least one scorer; a second of the same name is called {@code NAME-2}. */
    RewardTerms(List<RewardSpec> specs) {
        Preconditions.checkArgument(!specs.isEmpty(), "RewardTerms: expected scorers, got none");
        for (RewardSpec spec : specs) {
            String name = spec.name();
            for (int i = 2; this.specs.containsKey(name); i++) {
                name = spec.name() + "-" + i;
            }
            this.specs.put(name, spec);
        }
        this.sum = sum(List.copyOf(this.specs.keySet()));
    }

    private WeightedReward sum(List<String> names) {
        WeightedReward first = null;
        for (String name : names) {
            double weight = specs.get(name).weight().orElse(1);
            first =
                    first == null
                            ? Rewards.weighted(
                                    name, weight, (pixels, texts) -> reward(name, pixels, texts))
                            : first.plus(
                                    name, weight, (pixels, texts) -> reward(name, pixels, texts));
        }
        return Preconditions.checkNotNull(first);
    }

    private NDArray reward(String name, NDArray pixels, List<String> prompts) {
        RewardModel model = models.get(name);
        Preconditions.checkState(model != null, "RewardTerms: %s is not loaded", name);
        return model.differentiable().reward(pixels, prompts);
    }

    /** Returns the sum, whose models need not be loaded yet. */
    WeightedReward sum() {
        return sum;
    }

    /** Returns whether a prompt plays a part. */
    boolean usesPrompts() {
        return specs.values().stream().anyMatch(spec -> spec.definition().kind().readsPrompt());
    }

    /** Loads the models, for their gradients too. */
    void load(Function<RewardSpec, RewardModel> open) {
        specs.forEach(
                (name, spec) -> {
                    RewardModel model = open.apply(spec);
                    models.put(name, model);
                    try {
                        model.differentiable();
                    } catch (RuntimeException e) {
                        throw new UnusableException(
                                spec.name() + " cannot be optimized: " + Messages.of(e));
                    }
                });
    }

    /** Standardizes by numbers that were measured before. */
    void standardize(Map<String, Standardization> known) {
        sum = sum.standardized(known);
    }

    /** Measures every scorer on a sample, and standardizes by that. */
    void standardize(Supplier<Stream<PromptImage>> sample) {
        Map<String, Standardization> found = new LinkedHashMap<>();
        models.forEach(
                (name, model) -> {
                    try (Stream<PromptImage> pairs = sample.get()) {
                        found.put(name, Standardization.of(model, pairs));
                    } catch (IllegalArgumentException e) {
                        throw new UnusableException("--standardize: " + Messages.of(e));
                    }
                });
        standardize(found);
    }

    /**
     * Returns how an earlier run standardized these scorers.
     *
     * @param config the settings in the run's record
     * @return nothing if it did not, or had others
     */
    Optional<Map<String, Standardization>> recorded(JsonObject config) {
        Map<String, Standardization> found = new LinkedHashMap<>();
        if (config.get("reward") instanceof JsonObject reward) {
            for (String name : specs.keySet()) {
                if (reward.get(name) instanceof JsonObject term && term.has("standard")) {
                    JsonElement standard = term.get("standard");
                    found.put(name, new Gson().fromJson(standard, Standardization.class));
                }
            }
        }
        return found.keySet().equals(specs.keySet()) ? Optional.of(found) : Optional.empty();
    }

    /** Returns the files of the models that are loaded, by the names of scorer and part. */
    Map<String, Path> files() {
        Map<String, Path> files = new LinkedHashMap<>();
        models.forEach(
                (name, model) ->
                        model.provenance()
                                .weights()
                                .forEach(
                                        (part, file) ->
                                                files.put(name + " " + part, Path.of(file))));
        return files;
    }

    /** Returns which of these prompts the models that are loaded do not read to their ends. */
    List<UnreadPrompts> unread(List<String> prompts) {
        List<UnreadPrompts> all = new ArrayList<>();
        models.forEach(
                (name, model) -> {
                    UnreadPrompts unread = new UnreadPrompts(name, model::unreadTokens);
                    prompts.forEach(unread::look);
                    all.add(unread);
                });
        return all;
    }

    /** Returns what was assumed of the models that are loaded, by the names of the scorers. */
    Map<String, String> assumptions() {
        return Maps.transformValues(models, model -> model.provenance().assumption());
    }

    @Override
    public void close() {
        models.values().forEach(RewardModel::close);
    }
}
