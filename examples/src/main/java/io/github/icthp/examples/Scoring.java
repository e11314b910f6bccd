package io.github.icthp.examples;

import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

import java.util.Iterator;
import java.util.Optional;
import java.util.stream.Stream;

/** Scores pairs, tells each score as it comes, and shows how far it is. */
final class Scoring {

    /** Fewer images are done before a bar says anything. */
    private static final int LONG_WORK = 16;

    private Scoring() {}

    /**
     * Scores every pair.
     *
     * @return how many failed
     */
    static long run(RewardModel model, Stream<PromptImage> pairs, long total, ScoreReport report) {
        long failed = 0;
        Optional<ProgressBar> bar = bar(total);
        try (Stream<RewardScore> scores = model.scoreAll(pairs)) {
            for (Iterator<RewardScore> each = scores.iterator(); each.hasNext(); ) {
                RewardScore score = each.next();
                report.add(score);
                failed += score.failure() == null ? 0 : 1;
                bar.ifPresent(ProgressBar::step);
            }
        } finally {
            bar.ifPresent(ProgressBar::close);
        }
        return failed;
    }

    private static Optional<ProgressBar> bar(long total) {
        if (!Terminal.ERRORS || total < LONG_WORK) {
            return Optional.empty();
        }
        return Optional.of(
                new ProgressBarBuilder()
                        .setTaskName("scoring")
                        .setInitialMax(total)
                        .setUnit(" images", 1)
                        .setStyle(ProgressBarStyle.ASCII)
                        .showSpeed()
                        .build());
    }
}
