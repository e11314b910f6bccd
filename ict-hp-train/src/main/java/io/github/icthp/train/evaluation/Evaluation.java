package io.github.icthp.train.evaluation;

import com.google.common.base.Preconditions;
import com.google.common.collect.Iterators;
import com.google.common.collect.UnmodifiableIterator;

import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;
import io.github.icthp.ScoreProvenance;
import io.github.icthp.UnreadPrompts;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.train.data.BadRowException;
import io.github.icthp.train.data.BadRowHandler;
import io.github.icthp.train.data.DatasetException;
import io.github.icthp.train.data.PreferenceDataset;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Measures how well rewards agree with preferences.
 *
 * <pre>{@code
 * EvaluationResult found = Evaluation.of(test).clip(base).combined(ictHp).seed(1).run();
 * System.out.println(found.reward("ICT-HP").easy().mean().value());
 * EvaluationReport.of(found).write(Path.of("evaluation.html"));
 * }</pre>
 *
 * <p>Every model decodes and encodes each image once, with the easy and the refined prompt beside
 * each other. Memory holds three numbers a triplet and reward, whatever the size of the data set.
 * Models stay open.
 */
public final class Evaluation {

    private static final int CHUNK = 64;
    private static final int MOST_RESAMPLES = 1_000_000;

    private final PreferenceDataset data;
    private final Map<String, ImageScorer> models = new LinkedHashMap<>();
    private long limit = Long.MAX_VALUE;
    private int resamples = 1000;
    private long seed;
    private BadRowHandler badRows = BadRowHandler.fail();
    private LongConsumer progress = rows -> {};

    private Evaluation(PreferenceDataset data) {
        this.data = data;
    }

    /**
     * Begins an evaluation that fails at the first bad row.
     *
     * @param data the triplets; a data set without end needs a {@link #limit}
     * @return an evaluation that needs a model
     */
    public static Evaluation of(PreferenceDataset data) {
        return new Evaluation(data);
    }

    /**
     * Evaluates plain CLIP: the cosine of the base model, as {@code CLIP}.
     *
     * @param base a model of {@link RewardModel#ict()} with the base model's weights
     * @return this
     * @throws IllegalArgumentException if it is of another kind
     */
    public Evaluation clip(RewardModel base) {
        return add("CLIP", ImageScorer.of(base), RewardKind.ICT);
    }

    /**
     * Evaluates ICT, as {@code ICT}, and with {@link #hp} their product, as {@code ICT-HP}.
     *
     * @param ict a model of {@link RewardModel#ict()}
     * @return this
     * @throws IllegalArgumentException if it is of another kind
     */
    public Evaluation ict(RewardModel ict) {
        return add("ICT", ImageScorer.of(ict), RewardKind.ICT);
    }

    /**
     * Evaluates HP, as {@code HP}, and with {@link #ict} their product, as {@code ICT-HP}.
     *
     * @param hp a model of {@link RewardModel#hp()}
     * @return this
     * @throws IllegalArgumentException if it is of another kind
     */
    public Evaluation hp(RewardModel hp) {
        return add("HP", ImageScorer.of(hp), RewardKind.HP);
    }

    /**
     * Evaluates ICT, HP and their product, as {@code ICT}, {@code HP} and {@code ICT-HP}.
     *
     * @param ictHp a model of {@link RewardModel#combined()}
     * @return this
     * @throws IllegalArgumentException if it is of another kind
     */
    public Evaluation combined(RewardModel ictHp) {
        return add("ICT-HP", ImageScorer.of(ictHp), RewardKind.COMBINED);
    }

    /**
     * Evaluates what a model measures, under a name of its own.
     *
     * @param name for example {@code ICT-HP, second seed}
     * @param model a model of any kind
     * @return this
     * @throws IllegalArgumentException if there is a model of that name
     */
    public Evaluation reward(String name, RewardModel model) {
        return add(name, ImageScorer.of(model), model.kind());
    }

    Evaluation add(String name, ImageScorer model, RewardKind expected) {
        Preconditions.checkArgument(
                model.kind().equals(expected),
                "Evaluation: %s needs a model of kind %s, got %s",
                name,
                expected,
                model.kind());
        Preconditions.checkArgument(
                models.putIfAbsent(name, model) == null,
                "Evaluation: there is a model named %s already",
                name);
        return this;
    }

    /**
     * Evaluates the first rows only.
     *
     * @param rows at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     */
    public Evaluation limit(long rows) {
        Preconditions.checkArgument(
                rows >= 1, "Evaluation: limit must be at least 1, got %s", rows);
        limit = rows;
        return this;
    }

    /**
     * Sets how often as many triplets are drawn again for the 95 % intervals.
     *
     * @param draws 1 to 1,000,000; 1,000 if it is not set
     * @return this
     * @throws IllegalArgumentException if out of range
     */
    public Evaluation resamples(int draws) {
        Preconditions.checkArgument(
                draws >= 1 && draws <= MOST_RESAMPLES,
                "Evaluation: resamples must be in 1..%s, got %s",
                MOST_RESAMPLES,
                draws);
        resamples = draws;
        return this;
    }

    /**
     * Sets the seed of those draws.
     *
     * @param value any number; 0 if it is not set
     * @return this
     */
    public Evaluation seed(long value) {
        seed = value;
        return this;
    }

    /**
     * Sets what happens at a row that cannot be used, or of which an image cannot be decoded.
     *
     * @param handler for example a {@link io.github.icthp.train.data.BadRowLog}; a skipped row
     *     counts for no reward
     * @return this
     */
    public Evaluation badRows(BadRowHandler handler) {
        badRows = handler;
        return this;
    }

    /**
     * Sets a listener.
     *
     * @param rows is told from time to time how many rows are done
     * @return this
     */
    public Evaluation progress(LongConsumer rows) {
        progress = rows;
        return this;
    }

    /**
     * Scores every triplet.
     *
     * @return what was found
     * @throws IllegalStateException if no model was named, the data set never ends and has no
     *     limit, or a score is not finite
     * @throws DatasetException if there is no usable row, or a bad row is not skipped
     */
    public EvaluationResult run() {
        Preconditions.checkState(
                !models.isEmpty(), "Evaluation: name a model: clip, ict, hp, combined or reward");
        Preconditions.checkState(
                data.size().isPresent() || limit < Long.MAX_VALUE,
                "Evaluation: %s never ends; set a limit",
                data.name());
        long rows = Math.min(limit, data.size().orElse(Long.MAX_VALUE));
        Map<String, UnreadPrompts> unread = new LinkedHashMap<>();
        models.forEach(
                (name, model) -> unread.put(name, new UnreadPrompts(name, model::unreadTokens)));
        List<RewardTally> tallies =
                EvaluatedRewards.of(models).stream().map(RewardTally::new).toList();
        long used = 0;
        UnmodifiableIterator<List<Long>> chunks =
                Iterators.partition(LongStream.range(0, rows).iterator(), CHUNK);
        while (chunks.hasNext()) {
            List<Long> chunk = chunks.next();
            List<ScoredTriplet> scored =
                    score(data.usable(chunk, badRows).stream().map(ScoredTriplet::new).toList());
            scored.forEach(triplet -> look(triplet, unread));
            scored.forEach(triplet -> tallies.forEach(tally -> tally.add(triplet)));
            used += scored.size();
            progress.accept(chunk.get(chunk.size() - 1) + 1);
        }
        if (used == 0) {
            throw new DatasetException(
                    String.format(
                            Locale.ROOT,
                            "%s: no triplet to evaluate: %d rows, none usable",
                            data.name(),
                            rows));
        }
        return result(tallies, used, rows - used, unread);
    }

    private void look(ScoredTriplet scored, Map<String, UnreadPrompts> unread) {
        unread.forEach(
                (name, prompts) -> {
                    if (models.get(name).readsPrompts()) {
                        prompts.look(scored.triplet().easyPrompt());
                        prompts.look(scored.triplet().refinedPrompt());
                    }
                });
    }

    private EvaluationResult result(
            List<RewardTally> tallies, long used, long skipped, Map<String, UnreadPrompts> unread) {
        Map<String, ScoreProvenance> provenance = new LinkedHashMap<>();
        models.forEach((name, model) -> provenance.put(name, model.provenance()));
        return new EvaluationResult(
                data.name(),
                data.fingerprint(),
                used,
                skipped,
                resamples,
                seed,
                tallies.stream().map(tally -> tally.result(resamples, seed)).toList(),
                provenance,
                UnreadPrompts.notes(unread.values()));
    }

    /** Has every model score triplets; returns those of which every image was scored by all. */
    private List<ScoredTriplet> score(List<ScoredTriplet> triplets) {
        List<ScoredTriplet> left = triplets;
        for (ImageScorer model : models.values()) {
            left = score(left, model);
        }
        return left;
    }

    private List<ScoredTriplet> score(List<ScoredTriplet> triplets, ImageScorer model) {
        boolean prompts = model.readsPrompts();
        List<ScoredTriplet> left = new ArrayList<>();
        try (Stream<RewardScore> scores =
                model.scoreAll(triplets.stream().flatMap(triplet -> triplet.pairs(prompts)))) {
            Iterator<RewardScore> each = scores.iterator();
            for (ScoredTriplet triplet : triplets) {
                try {
                    triplet.take(each, prompts, data.name());
                    left.add(triplet);
                } catch (BadRowException bad) {
                    badRows.accept(bad);
                }
            }
        }
        return left;
    }
}
