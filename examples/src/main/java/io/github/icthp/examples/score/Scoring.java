package io.github.icthp.examples.score;

import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;
import io.github.icthp.UnreadPrompts;
import io.github.icthp.examples.console.ProgressLine;
import io.github.icthp.examples.console.Terminal;
import io.github.icthp.examples.console.UnreadNotes;

import java.io.PrintWriter;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** Scores pairs, tells each score as it comes, and shows how far it is. */
final class Scoring {

    /** Fewer images are done before a bar says anything. */
    private static final int LONG_WORK = 16;

    private Scoring() {}

    /**
     * Scores every pair.
     *
     * @param notes where prompts that are too long are told of
     * @return how many failed
     */
    static long run(
            RewardModel model,
            Stream<PromptImage> pairs,
            long total,
            ScoreReport report,
            PrintWriter notes) {
        long failed = 0;
        UnreadPrompts unread = new UnreadPrompts(model.kind().name(), model::unreadTokens);
        boolean shown = Terminal.ERRORS && total >= LONG_WORK;
        try (ProgressLine progress = ProgressLine.of("scoring", total, " images", shown);
                Stream<RewardScore> scores = model.scoreAll(pairs)) {
            for (Iterator<RewardScore> each = scores.iterator(); each.hasNext(); ) {
                RewardScore score = each.next();
                report.add(score);
                unread.look(score.prompt());
                failed += score.failure() == null ? 0 : 1;
                progress.step();
            }
        }
        UnreadNotes.tell(UnreadPrompts.notes(List.of(unread)), notes);
        return failed;
    }
}
