package io.github.icthp.train.data;

import com.google.common.collect.Iterators;
import com.google.common.collect.UnmodifiableIterator;
import com.google.common.primitives.ImmutableDoubleArray;

import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;
import io.github.icthp.reward.RewardKind;

import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Estimates θ of a data set from the base CLIP's scores of aligned pairs (paper equation 16):
 * refined images against their easy prompts, see {@link IctLabels#estimate}.
 */
public final class ThetaEstimator {

    private static final int CHUNK = 64;

    private final RewardModel clip;
    private final double quantile;
    private BadRowHandler badRows = BadRowHandler.fail();
    private LongConsumer progress = rows -> {};

    /**
     * Makes an estimator that fails at the first bad row.
     *
     * @param clip a model of {@link RewardModel#ict()} with the base model's weights; it stays open
     * @param quantile 0 for the least score as in the paper, or a small share of outliers to leave
     *     out
     * @throws IllegalArgumentException if the model is of another kind, or the quantile is not in
     *     [0, 1]
     */
    public ThetaEstimator(RewardModel clip, double quantile) {
        if (!clip.kind().equals(RewardKind.ICT) || !(quantile >= 0 && quantile <= 1)) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "ThetaEstimator: expected a model of kind ICT and a quantile in [0, 1], got %s and %s",
                            clip.kind(),
                            quantile));
        }
        this.clip = clip;
        this.quantile = quantile;
    }

    /**
     * Sets what happens at a row that cannot be used. A skipped row plays no part.
     *
     * @param handler for example a {@link BadRowLog}
     * @return this estimator
     */
    public ThetaEstimator badRows(BadRowHandler handler) {
        badRows = handler;
        return this;
    }

    /**
     * Sets a listener.
     *
     * @param rows is told from time to time how many rows are done
     * @return this estimator
     */
    public ThetaEstimator progress(LongConsumer rows) {
        progress = rows;
        return this;
    }

    /**
     * Scores every refined image, and estimates θ.
     *
     * @param data the triplets, of which memory holds one number each
     * @return labels with the estimated θ
     * @throws IllegalArgumentException if the estimate is not in (0, 1], or there are no rows
     * @throws DatasetException if a bad row is not skipped, or the data set never ends
     */
    public IctLabels estimate(PreferenceDataset data) {
        long size =
                data.size()
                        .orElseThrow(
                                () ->
                                        new DatasetException(
                                                data.name()
                                                        + " never ends: θ cannot be its least score"));
        ImmutableDoubleArray.Builder scores = ImmutableDoubleArray.builder();
        UnmodifiableIterator<List<Long>> chunks =
                Iterators.partition(LongStream.range(0, size).iterator(), CHUNK);
        while (chunks.hasNext()) {
            List<Long> rows = chunks.next();
            score(data, data.withoutLabels().usable(rows, badRows), scores);
            progress.accept(rows.get(rows.size() - 1) + 1);
        }
        return IctLabels.estimate(scores.build().stream(), quantile);
    }

    private void score(
            PreferenceDataset data,
            List<PreferenceTriplet> triplets,
            ImmutableDoubleArray.Builder scores) {
        Stream<PromptImage> pairs =
                triplets.stream().map(t -> new PromptImage(t.easyPrompt(), t.images().refined()));
        try (Stream<RewardScore> found = clip.scoreAll(pairs)) {
            Iterator<RewardScore> each = found.iterator();
            for (PreferenceTriplet triplet : triplets) {
                RewardScore score = each.next();
                RuntimeException failure = score.failure();
                if (failure == null) {
                    scores.add(score.ict());
                } else {
                    badRows.accept(BadRowException.ofImage(data.name(), triplet.row(), 2, failure));
                }
            }
        }
    }
}
