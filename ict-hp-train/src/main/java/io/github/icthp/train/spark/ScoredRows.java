package io.github.icthp.train.spark;

import com.google.common.collect.Streams;

import io.github.icthp.PromptImage;
import io.github.icthp.RewardScore;

import org.apache.spark.TaskContext;
import org.apache.spark.sql.Row;
import org.apache.spark.util.TaskCompletionListener;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;

/**
 * A partition's rows with what was scored of them, in order: a few batches are decoded ahead, so
 * that memory holds these alone.
 */
final class ScoredRows implements Iterator<Row> {

    private final ScoredRow row;
    private final LoadedRewards.Use model;
    private final Stream<RewardScore> stream;
    private final Iterator<RewardScore> scores;

    /** Rows whose pictures are under way. */
    private final ArrayDeque<Row> waiting = new ArrayDeque<>();

    /** What is scored of a row, and what becomes of it. */
    interface ScoredRow {

        /** The pairs to score, as many for every row. */
        List<PromptImage> pairs(Row row);

        /** How many pairs a row has. */
        int size();

        Row with(Row row, List<RewardScore> scores);
    }

    ScoredRows(Iterator<Row> rows, LoadedRewards.Use model, ScoredRow row) {
        this.row = row;
        this.model = model;
        this.stream = model.model().scoreAll(Streams.stream(rows).flatMap(this::begin));
        this.scores = stream.iterator();
        TaskContext task = TaskContext.get();
        if (task != null) {
            TaskCompletionListener listener = context -> close();
            task.addTaskCompletionListener(listener);
        }
    }

    private Stream<PromptImage> begin(Row next) {
        waiting.add(next);
        return row.pairs(next).stream();
    }

    @Override
    public boolean hasNext() {
        if (scores.hasNext()) {
            return true;
        }
        close();
        return false;
    }

    @Override
    public Row next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        List<RewardScore> found = new ArrayList<>(row.size());
        while (found.size() < row.size()) {
            found.add(scores.next());
        }
        if (Thread.currentThread().isInterrupted()) {
            // A task that is killed ends here: what it waits for fails, and not by the pictures.
            throw new IllegalStateException("SparkScoring: the task was interrupted");
        }
        return row.with(waiting.remove(), found);
    }

    private void close() {
        stream.close();
        model.close();
    }
}
