package io.github.icthp.train.data;

import com.google.common.collect.Iterators;
import com.google.common.collect.UnmodifiableIterator;
import com.google.common.primitives.ImmutableLongArray;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;

/**
 * Computes the ICT targets of a data set, and gives its triplets with them or writes them: a table
 * again with them, or any other triplets in the Pick-High layout.
 *
 * <p>A table that is written again names the same image files, so it belongs beside the old one, or
 * anywhere if its reader is told where the images are.
 */
public final class TripletLabeler {

    private static final int DEFAULT_BATCH = 16;

    private final IctLabels labels;
    private final ClipScorer scorer;
    private int batchSize = DEFAULT_BATCH;
    private BadRowHandler badRows = BadRowHandler.fail();
    private LongConsumer progress = rows -> {};

    /**
     * Makes a labeler that fails at the first bad row.
     *
     * @param labels how targets follow from scores
     * @param scorer gives the scores
     */
    public TripletLabeler(IctLabels labels, ClipScorer scorer) {
        this.labels = labels;
        this.scorer = scorer;
    }

    /**
     * Sets how many triplets are scored at a time; 16 if it is not set.
     *
     * @param triplets at least 1
     * @return this labeler
     * @throws IllegalArgumentException if it is less
     */
    public TripletLabeler batchSize(int triplets) {
        if (triplets < 1) {
            throw new IllegalArgumentException(
                    "TripletLabeler: batchSize must be at least 1, got " + triplets);
        }
        batchSize = triplets;
        return this;
    }

    /**
     * Sets what happens at a row that cannot be used. A skipped row is left out of the new table.
     *
     * @param handler for example a {@link BadRowLog}
     * @return this labeler
     */
    public TripletLabeler badRows(BadRowHandler handler) {
        badRows = handler;
        return this;
    }

    /**
     * Sets a listener.
     *
     * @param rows is told after each batch how many rows are done
     * @return this labeler
     */
    public TripletLabeler progress(LongConsumer rows) {
        progress = rows;
        return this;
    }

    /**
     * Labels a table; targets it has already are replaced. Negative targets are written as 0.
     *
     * @param data the triplets
     * @param output the new table, ending in {@code .parquet} or {@code .jsonl}; it appears when it
     *     is whole, and replaces a file of that name
     * @return how many rows were written
     * @throws IOException if it cannot be written
     * @throws DatasetException if the ending is another, or a bad row is not skipped
     */
    public long label(PickHighDataset data, Path output) throws IOException {
        PickHighDataset rows = data.withoutLabels();
        try (TableOutput table = new TableOutput(output, true)) {
            long written =
                    each(
                            rows,
                            (triplet, targets) ->
                                    table.write(rows.row(triplet.row()).withTargets(targets)));
            table.commit();
            return written;
        }
    }

    /**
     * Labels any triplets and writes them with their pictures in the Pick-High layout, which {@link
     * PickHighDataset} and the command line read. Targets they have already are replaced.
     *
     * @param data the triplets
     * @param output where to write; the table ends in {@code .parquet} or {@code .jsonl}
     * @return how many triplets were written
     * @throws IOException if a picture cannot be read or a file cannot be written
     * @throws DatasetException if the ending is another, a bad row is not skipped, or the rows
     *     never end
     */
    public long label(PreferenceDataset data, PickHighLayout output) throws IOException {
        try (PickHighWriter writer = PickHighWriter.labeled(output)) {
            each(
                    data.withoutLabels(),
                    (triplet, targets) -> writer.write(triplet.withTargets(targets)));
            return writer.finish();
        }
    }

    /**
     * Labels any triplets in memory, which holds four numbers a row. Targets they have already are
     * replaced, and negative ones become 0.
     *
     * @param data the triplets
     * @return those that were not skipped, with targets; closing it closes the data set
     * @throws DatasetException if a bad row is not skipped, or the rows never end
     */
    public PreferenceDataset label(PreferenceDataset data) {
        PreferenceDataset triplets = data.withoutLabels();
        ImmutableLongArray.Builder rows = ImmutableLongArray.builder();
        List<IctTargets> all = new ArrayList<>();
        try {
            each(
                    triplets,
                    (triplet, targets) -> {
                        rows.add(triplet.row());
                        all.add(targets.clamped());
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new LabeledTriplets(triplets, rows.build(), all);
    }

    /** Takes a triplet with the targets it was given. */
    @FunctionalInterface
    private interface Sink {
        void accept(PreferenceTriplet triplet, IctTargets targets) throws IOException;
    }

    private long each(PreferenceDataset data, Sink sink) throws IOException {
        long size =
                data.size()
                        .orElseThrow(
                                () ->
                                        new DatasetException(
                                                String.format(
                                                                Locale.ROOT,
                                                                "TripletLabeler: expected a data set with an end, %s",
                                                                data.name())
                                                        + " never ends; take its first rows"));
        long labeled = 0;
        UnmodifiableIterator<List<Long>> batches =
                Iterators.partition(LongStream.range(0, size).iterator(), batchSize);
        while (batches.hasNext()) {
            List<Long> rows = batches.next();
            List<PreferenceTriplet> good = new ArrayList<>();
            List<ClipScores> scores = score(data.usable(rows, badRows), good);
            for (int i = 0; i < good.size(); i++) {
                sink.accept(good.get(i), labels.targets(scores.get(i)));
            }
            labeled += good.size();
            progress.accept(rows.get(rows.size() - 1) + 1);
        }
        return labeled;
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
