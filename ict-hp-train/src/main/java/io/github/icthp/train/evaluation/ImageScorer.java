package io.github.icthp.train.evaluation;

import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;
import io.github.icthp.ScoreProvenance;
import io.github.icthp.reward.RewardKind;

import java.util.stream.Stream;

/** What an evaluation needs of a {@link RewardModel}. */
interface ImageScorer {

    RewardKind kind();

    ScoreProvenance provenance();

    Stream<RewardScore> scoreAll(Stream<PromptImage> pairs);

    default boolean readsPrompts() {
        return kind().readsPrompt();
    }

    /** How much of a prompt is left out, as {@link RewardModel#unreadTokens} says. */
    default int unreadTokens(String prompt) {
        return 0;
    }

    static ImageScorer of(RewardModel model) {
        return new ImageScorer() {
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
        };
    }
}
