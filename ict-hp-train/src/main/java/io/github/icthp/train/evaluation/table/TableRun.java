package io.github.icthp.train.evaluation.table;

import io.github.icthp.ImageSource;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardScore;
import io.github.icthp.UnreadPrompts;
import io.github.icthp.train.evaluation.table.ScoreState.Scored;
import io.github.icthp.train.evaluation.table.ScoreTable.Progress;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Cell;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Change;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Column;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Failure;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Win;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The scores of a table while they are gathered, in memory and in the state file. */
final class TableRun implements Closeable {

    private final PictureRows rows;
    private final RowIndex index;
    private final Consumer<Progress> progress;
    private final Map<String, ColumnScores> scores = new LinkedHashMap<>();
    private final Map<String, Column> columns = new HashMap<>();
    private final Map<String, UnreadPrompts> unread = new LinkedHashMap<>();

    /** Why rows have no score, by their number: the first column's reason. */
    private final TreeMap<Integer, Reason> failed = new TreeMap<>();

    private @Nullable ScoreState state;
    private long done;

    private record Reason(int place, String column, String error) {}

    TableRun(PictureRows rows, RowIndex index, List<String> names, Consumer<Progress> progress) {
        this.rows = rows;
        this.index = index;
        this.progress = progress;
        names.forEach(name -> scores.put(name, new ColumnScores(index.rows())));
    }

    /** Takes the scores of an earlier run, and keeps those of this one. */
    void resume(Path file) throws IOException {
        state = ScoreState.open(file, index, this::put);
    }

    /** Names a column's model before it scores. */
    void begin(String name, ColumnModel model) throws IOException {
        if (state != null) {
            state.begin(name, ColumnFingerprint.of(model.kind(), model.provenance()));
        }
        columns.put(name, new Column(name, model.kind(), model.provenance()));
        if (model.kind().readsPrompt()) {
            unread.put(name, new UnreadPrompts(name, model::unreadTokens));
        }
    }

    /**
     * Scores neighboring rows by every model. A block that an earlier run left in part is computed
     * whole: numbers depend on their company in the last bits, and a resumed table is the same.
     */
    void block(int first, List<PictureRow> block, Map<String, ColumnModel> models)
            throws IOException {
        index.requireWithin(first + block.size() - 1);
        List<PromptImage> pairs =
                block.stream()
                        .map(
                                row ->
                                        new PromptImage(
                                                row.prompt(),
                                                models.size() == 1
                                                        ? row.image()
                                                        : ImageSource.decodedOnce(row.image())))
                        .toList();
        for (Map.Entry<String, ColumnModel> model : models.entrySet()) {
            String name = model.getKey();
            UnreadPrompts prompts = unread.get(name);
            if (prompts != null) {
                block.forEach(row -> prompts.look(row.prompt()));
            }
            if (!column(name).isDone(first, first + block.size())) {
                List<Scored> scored = score(first, pairs, name, model.getValue());
                if (state != null) {
                    state.add(name, block, scored, index);
                }
                scored.forEach(one -> put(name, one));
            }
            done += block.size();
            progress.accept(new Progress(done, (long) index.rows() * scores.size(), name));
        }
    }

    private List<Scored> score(int first, List<PromptImage> pairs, String name, ColumnModel model) {
        List<Scored> scored = new ArrayList<>();
        try (Stream<RewardScore> all = model.scoreAll(pairs.stream())) {
            for (Iterator<RewardScore> each = all.iterator(); each.hasNext(); ) {
                scored.add(scored(first + scored.size(), each.next(), name));
            }
        }
        return scored;
    }

    private static Scored scored(int row, RewardScore score, String name) {
        if (score.failure() != null) {
            String message = score.failure().getMessage();
            return new Scored(
                    row, Double.NaN, message == null ? score.failure().toString() : message);
        }
        if (!Double.isFinite(score.value())) {
            throw new IllegalStateException(
                    String.format(
                            Locale.ROOT,
                            "ScoreTable: %s gives %s for %s; a finite score was expected",
                            name,
                            score.value(),
                            score.image()));
        }
        return new Scored(row, score.value(), null);
    }

    private void put(String name, Scored scored) {
        ColumnScores column = scores.get(name);
        if (column == null) {
            return; // of an earlier run, whose columns were others
        }
        column.put(scored.row(), scored.score());
        if (scored.error() != null) {
            int place = List.copyOf(scores.keySet()).indexOf(name);
            failed.merge(
                    scored.row(),
                    new Reason(place, name, scored.error()),
                    (a, b) -> b.place() <= a.place() ? b : a);
        }
    }

    private ColumnScores column(String name) {
        ColumnScores column = scores.get(name);
        if (column == null) {
            throw new IllegalStateException("TableRun: no column " + name);
        }
        return column;
    }

    ScoreTableResult result(Bootstrap bootstrap, Consumer<Failure> listener) {
        List<Cell> cells = new ArrayList<>();
        List<Change> changes = new ArrayList<>();
        List<Win> wins = new ArrayList<>();
        scores.forEach(
                (name, column) -> {
                    TableStatistics found = TableStatistics.ofRows(name, index, column, bootstrap);
                    cells.addAll(found.cells());
                    changes.addAll(found.changes());
                    wins.addAll(found.wins());
                });
        return new ScoreTableResult(
                rows.name(),
                index.rows(),
                index.prompts(),
                scores.keySet().stream().map(columns::get).toList(),
                cells,
                changes,
                wins,
                failed.size(),
                failures(listener),
                bootstrap.resamples(),
                bootstrap.seed(),
                UnreadPrompts.notes(unread.values()));
    }

    private List<Failure> failures(Consumer<Failure> listener) {
        List<Failure> listed = new ArrayList<>();
        if (failed.isEmpty()) {
            return listed;
        }
        int number = 0;
        try (Stream<PictureRow> all = rows.open()) {
            for (Iterator<PictureRow> each = all.iterator(); each.hasNext(); number++) {
                PictureRow row = each.next();
                Reason reason = failed.get(number);
                if (reason != null) {
                    Failure failure = failure(number, row, reason);
                    listener.accept(failure);
                    if (listed.size() < ScoreTableResult.LISTED) {
                        listed.add(failure);
                    }
                }
            }
        }
        return listed;
    }

    private static Failure failure(int number, PictureRow row, Reason reason) {
        return new Failure(
                number + 1,
                row.model(),
                row.condition(),
                row.promptId(),
                row.image().name(),
                reason.column(),
                reason.error());
    }

    @Override
    public void close() throws IOException {
        if (state != null) {
            state.close();
        }
    }
}
