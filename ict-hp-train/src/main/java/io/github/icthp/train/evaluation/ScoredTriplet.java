package io.github.icthp.train.evaluation;

import io.github.icthp.PromptImage;
import io.github.icthp.RewardScore;
import io.github.icthp.train.data.BadRowException;
import io.github.icthp.train.data.PreferenceTriplet;
import io.github.icthp.train.data.TripletImages;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** A triplet and what the models that have seen it so far said of it. */
final class ScoredTriplet {

    static final int EASY = 0;
    static final int REFINED = 1;

    private static final int RANKS = 3;

    private final PreferenceTriplet triplet;

    /** For each model the scores of I1, I2 and I3, with every prompt that the model is asked. */
    private final List<List<RewardScore>> models = new ArrayList<>();

    ScoredTriplet(PreferenceTriplet triplet) {
        this.triplet = triplet;
    }

    PreferenceTriplet triplet() {
        return triplet;
    }

    /** Returns the pairs to be scored: all prompts of an image beside one another. */
    Stream<PromptImage> pairs(boolean prompts) {
        return triplet.images().ranked().stream()
                .flatMap(
                        image ->
                                prompts
                                        ? Stream.of(
                                                new PromptImage(triplet.easyPrompt(), image),
                                                new PromptImage(triplet.refinedPrompt(), image))
                                        : Stream.of(new PromptImage("", image)));
    }

    /**
     * Takes the scores of those pairs, and no others, from the next model.
     *
     * @throws BadRowException if an image could not be scored
     */
    void take(Iterator<RewardScore> scores, boolean prompts, String data) {
        List<RewardScore> own = new ArrayList<>();
        for (int i = 0; i < (prompts ? 2 * RANKS : RANKS); i++) {
            own.add(scores.next());
        }
        models.add(own);
        for (int i = 0; i < own.size(); i++) {
            RuntimeException failure = own.get(i).failure();
            if (failure != null) {
                throw BadRowException.ofImage(data, triplet.row(), i * RANKS / own.size(), failure);
            }
        }
    }

    /**
     * Computes a reward of I1, I2 and I3.
     *
     * @param prompt easy or refined; models without prompts give the same for both
     * @param reward is given each model's score of an image
     * @throws IllegalStateException if a score is not finite
     */
    double[] scores(int prompt, String name, ToDoubleFunction<List<RewardScore>> reward) {
        double[] scores = new double[RANKS];
        for (int rank = 0; rank < RANKS; rank++) {
            int image = rank;
            scores[rank] =
                    reward.applyAsDouble(
                            models.stream()
                                    .map(
                                            own ->
                                                    own.get(
                                                            own.size() == RANKS
                                                                    ? image
                                                                    : 2 * image + prompt))
                                    .toList());
            if (!Double.isFinite(scores[rank])) {
                throw new IllegalStateException(
                        String.format(
                                Locale.ROOT,
                                "Evaluation: %s of row %d, column %s, is %s; expected a finite score: do weights and precision fit?",
                                name,
                                triplet.row(),
                                TripletImages.columns().get(rank),
                                scores[rank]));
            }
        }
        return scores;
    }
}
