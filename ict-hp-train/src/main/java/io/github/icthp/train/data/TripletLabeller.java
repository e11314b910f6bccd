package io.github.icthp.train.data;

import com.google.common.collect.Iterators;
import com.google.common.collect.UnmodifiableIterator;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;

/**
 * Computes the ICT targets of a data set and writes its table with them.
 *
 * <p>The new table names the same image files, so it belongs beside the old one, or anywhere if its
 * reader is told where the images are.
 */
public final class TripletLabeller {

    private static final int DEFAULT_BATCH = 16;

    private final IctLabels labels;
    private final ClipScorer scorer;
    private int batchSize = DEFAULT_BATCH;
    private BadRowHandler badRows = BadRowHandler.fail();
    private LongConsumer progress = rows -> {};

    /**
     * Makes a labeller that fails at the first bad row.
     *
     * @param labels how targets follow from scores
     * @param scorer gives the scores
     */
    public TripletLabeller(IctLabels labels, ClipScorer scorer) {
        this.labels = labels;
        this.scorer = scorer;
    }

    /**
     * Sets how many triplets are scored at a time; 16 if it is not set.
     *
     * @param triplets at least 1
     * @return this labeller
     * @throws IllegalArgumentException if it is less
     */
    public TripletLabeller batchSize(int triplets) {
        if (triplets < 1) {
            throw new IllegalArgumentException(
                    "TripletLabeller: batchSize must be at least 1, got " + triplets);
        }
        batchSize = triplets;
        return this;
    }

    /**
     * Sets what happens at a row that cannot be used. A skipped row is left out of the new table.
     *
     * @param handler for example a {@link BadRowLog}
     * @return this labeller
     */
    public TripletLabeller badRows(BadRowHandler handler) {
        badRows = handler;
        return this;
    }

    /**
     * Sets a listener.
     *
     * @param rows is told after each batch how many rows are done
     * @return this labeller
     */
    public TripletLabeller progress(LongConsumer rows) {
        progress = rows;
        return this;
    }

    /**
     * Labels a data set; targets it has already are replaced. Negative targets are written as 0.
     *
     * @param data the triplets
     * @param output the new table, ending in {@code .parquet} or {@code .jsonl}; it appears when it
     *     is whole, and replaces a file of that name
     * @return how many rows were written
     * @throws IOException if it cannot be written
     * @throws DatasetException if the ending is another, or a bad row is not skipped
     */
    public long label(PickHighDataset data, Path output) throws IOException {
        long written = 0;
        try (TableOutput table = new TableOutput(output, true)) {
            long size = data.size().orElseThrow();
            UnmodifiableIterator<List<Long>> batches =
                    Iterators.partition(LongStream.range(0, size).iterator(), batchSize);
            while (batches.hasNext()) {
                List<Long> rows = batches.next();
                written += label(data, rows, table);
                progress.accept(rows.get(rows.size() - 1) + 1);
            }
            table.commit();
        }
        return written;
    }

    private int label(PickHighDataset data, List<Long> rows, TableOutput table) throws IOException {
        List<PreferenceTriplet> triplets = data.usable(rows, badRows);
        List<PreferenceTriplet> good = new ArrayList<>();
        List<ClipScores> scores = score(triplets, good);
        for (int i = 0; i < good.size(); i++) {
            TableRow row = data.row(good.get(i).row());
            table.write(row.withTargets(labels.targets(scores.get(i))));
        }
        return good.size();
    }

    /** Scores a batch, or each triplet by itself if one of them is bad. */
    private List<ClipScores> score(List<PreferenceTriplet> triplets, List<PreferenceTriplet> good) {
        if (triplets.isEmpty()) {
            return List.of();
        }
        try {
            List<ClipScores> scores = scorer.score(triplets);
            good.addAll(triplets);
            return scores;
        } catch (BadRowException oneOfThem) {
            return scoreSingly(triplets, good);
        }
    }

    private List<ClipScores> scoreSingly(
            List<PreferenceTriplet> triplets, List<PreferenceTriplet> good) {
        List<ClipScores> scores = new ArrayList<>();
        for (PreferenceTriplet triplet : triplets) {
            try {
                scores.addAll(scorer.score(List.of(triplet)));
                good.add(triplet);
            } catch (BadRowException bad) {
                badRows.accept(bad);
            }
        }
        return scores;
    }
}
