package io.github.icthp.train.data;

import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;
import io.github.icthp.reward.RewardKind;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Scores triplets with a model of {@link RewardModel#ict()} that has the weights of the base CLIP:
 * batched, each prompt encoded once, images decoded ahead.
 */
public final class RewardClipScorer implements ClipScorer {

    private final RewardModel clip;
    private final String data;

    /**
     * Makes a scorer of triplets whose data set has no name.
     *
     * @param clip a model of {@link RewardModel#ict()} with the base model's weights; it stays open
     * @throws IllegalArgumentException if it is of another kind
     */
    public RewardClipScorer(RewardModel clip) {
        this(clip, "triplets");
    }

    /**
     * Makes a scorer.
     *
     * @param clip a model of {@link RewardModel#ict()} with the base model's weights; it stays open
     * @param data the data set's name, for messages
     * @throws IllegalArgumentException if it is of another kind
     */
    public RewardClipScorer(RewardModel clip, String data) {
        if (!clip.kind().equals(RewardKind.ICT)) {
            throw new IllegalArgumentException(
                    "RewardClipScorer: expected a model of RewardModel.ict() with the base CLIP's"
                            + " weights, got one of kind "
                            + clip.kind());
        }
        this.clip = clip;
        this.data = data;
    }

    @Override
    public List<ClipScores> score(List<PreferenceTriplet> triplets) {
        double[] prompts =
                clip.promptCosines(
                        triplets.stream().map(PreferenceTriplet::easyPrompt).toList(),
                        triplets.stream().map(PreferenceTriplet::refinedPrompt).toList());
        List<ClipScores> scores = new ArrayList<>();
        try (Stream<RewardScore> cosines =
                clip.scoreAll(triplets.stream().flatMap(RewardClipScorer::pairs))) {
            Iterator<RewardScore> each = cosines.iterator();
            for (int i = 0; i < prompts.length; i++) {
                double rejected = cosine(each.next(), triplets.get(i), 0);
                double preferred = cosine(each.next(), triplets.get(i), 1);
                scores.add(new ClipScores(rejected, preferred, prompts[i]));
            }
        }
        return scores;
    }

    private static Stream<PromptImage> pairs(PreferenceTriplet triplet) {
        return triplet.images().ranked().stream()
                .limit(2)
                .map(image -> new PromptImage(triplet.easyPrompt(), image));
    }

    private double cosine(RewardScore score, PreferenceTriplet triplet, int rank) {
        RuntimeException failure = score.failure();
        if (failure != null) {
            throw BadRowException.ofImage(data, triplet.row(), rank, failure);
        }
        return score.ict();
    }
}
