package io.github.icthp.examples.evaluate;

import io.github.icthp.examples.console.ProgressLine;
import io.github.icthp.examples.console.Terminal;
import io.github.icthp.train.evaluation.table.ScoreTable.Progress;

import org.jspecify.annotations.Nullable;

/** A bar for a score table; how many scores there are is known when the first ones are. */
final class TableProgress implements AutoCloseable {

    private @Nullable ProgressLine bar;

    void accept(Progress progress) {
        if (bar == null) {
            bar = ProgressLine.of("scoring", progress.total(), " scores", Terminal.ERRORS);
        }
        bar.stepTo(progress.done());
        bar.say(progress.column());
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
