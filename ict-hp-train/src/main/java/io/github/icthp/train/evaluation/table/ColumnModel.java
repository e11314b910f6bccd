package io.github.icthp.train.evaluation.table;

import io.github.icthp.JpegCompressibility;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;
import io.github.icthp.ScoreProvenance;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.reward.ScoreScale;

import java.util.stream.Stream;

/** What a column needs of a {@link RewardModel}. */
interface ColumnModel extends AutoCloseable {

    RewardKind kind();

    ScoreProvenance provenance();

    Stream<RewardScore> scoreAll(Stream<PromptImage> pairs);

    /** How much of a prompt is left out, as {@link RewardModel#unreadTokens} says. */
    default int unreadTokens(String prompt) {
        return 0;
    }

    @Override
    void close();

    /**
     * Wraps a model.
     *
     * @param model the model
     * @param owned whether it is closed with this
     */
    static ColumnModel of(RewardModel model, boolean owned) {
        return new ColumnModel() {
            @Override
            public RewardKind kind() {
                return model.kind();
            }

            @Override
            public ScoreProvenance provenance() {
                return model.provenance();
            }

            @Override
            public Stream<RewardScore> scoreAll(Stream<PromptImage> pairs) {
                return model.scoreAll(pairs);
            }

            @Override
            public int unreadTokens(String prompt) {
                return model.unreadTokens(prompt);
            }

            @Override
            public void close() {
                if (owned) {
                    model.close();
                }
            }
        };
    }

    /** Measures JPEG files, without any weights. */
    static ColumnModel of(JpegCompressibility measure, ScoreScale scale) {
        return new ColumnModel() {
            @Override
            public RewardKind kind() {
                return RewardKind.jpeg(scale);
            }

            @Override
            public ScoreProvenance provenance() {
                return measure.provenance();
            }

            @Override
            public Stream<RewardScore> scoreAll(Stream<PromptImage> pairs) {
                return pairs.map(pair -> measure.score(pair, scale));
            }

            @Override
            public void close() {}
        };
    }
}
