package io.github.icthp.train.evaluation.table;

import com.google.common.base.Preconditions;
import com.google.common.collect.Iterators;
import com.google.common.collect.UnmodifiableIterator;
import com.google.common.io.Closer;

import io.github.icthp.JpegCompressibility;
import io.github.icthp.RewardModel;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.reward.ScoreScale;
import io.github.icthp.train.data.DatasetException;
import io.github.icthp.train.evaluation.table.ScoreTableResult.Failure;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Scores several generators' pictures by several rewards, and compares the generators.
 *
 * <pre>{@code
 * ScoreTableResult found =
 *         ScoreTable.of(PictureRows.manifest(Path.of("pictures.csv")))
 *                 .column("PickScore", () -> RewardModel.pickScore().weights(pick).build())
 *                 .column("ICT-HP", () -> RewardModel.combined().ict(ict).hp(hp).build())
 *                 .state(Path.of("scores.jsonl"))
 *                 .run();
 * ScoreTableReport.of(found).write(Path.of("table.html"));
 * }</pre>
 *
 * <p>Each picture is decoded once for all columns, unless models are loaded {@linkplain
 * #oneModelAtATime one after another}. A picture that cannot be read fails alone. Memory holds a
 * number for each picture and column, and the pictures of one block.
 */
public final class ScoreTable {

    /** Rows that are scored by every column before the next ones are read. */
    private static final int BLOCK = 32;

    private static final int MOST_RESAMPLES = 1_000_000;

    private final PictureRows rows;
    private final Map<String, Supplier<ColumnModel>> columns = new LinkedHashMap<>();
    private final IdentityHashMap<Supplier<RewardModel>, SharedModel> shared =
            new IdentityHashMap<>();
    private boolean oneAtATime;
    private @Nullable Path state;
    private Bootstrap bootstrap = new Bootstrap(1000, 0);
    private Consumer<Progress> progress = step -> {};
    private Consumer<Failure> failures = failure -> {};

    private ScoreTable(PictureRows rows) {
        this.rows = rows;
    }

    /**
     * How far a table is.
     *
     * @param done scores that are there, of all columns
     * @param total rows times columns
     * @param column the column that is computed
     */
    public record Progress(long done, long total, String column) {}

    /**
     * Begins a table.
     *
     * @param rows the pictures
     * @return a table that needs columns
     */
    public static ScoreTable of(PictureRows rows) {
        return new ScoreTable(rows);
    }

    /**
     * Adds a column whose model is loaded when it is needed, and closed after that.
     *
     * @param name the column's name
     * @param model loads the model
     * @return this
     * @throws IllegalArgumentException if there is a column of that name
     */
    public ScoreTable column(String name, Supplier<RewardModel> model) {
        return add(name, () -> ColumnModel.of(model.get(), true));
    }

    /**
     * Adds a column of a model that stays open.
     *
     * @param name the column's name
     * @param model the model
     * @return this
     * @throws IllegalArgumentException if there is a column of that name
     */
    public ScoreTable column(String name, RewardModel model) {
        return add(name, () -> ColumnModel.of(model, false));
    }

    /**
     * Adds a column of what a model of ICT and HP has computed for other columns too. Columns of
     * the same supplier share one model, which scores every picture once.
     *
     * @param name the column's name
     * @param kind {@link RewardKind#ICT}, {@link RewardKind#HP} or {@link RewardKind#COMBINED}
     * @param combined loads a model of {@link RewardModel#combined}; the same object for every
     *     column that shares it
     * @return this
     * @throws IllegalArgumentException if there is a column of that name
     */
    public ScoreTable column(String name, RewardKind kind, Supplier<RewardModel> combined) {
        SharedModel model = shared.computeIfAbsent(combined, SharedModel::new);
        return add(name, () -> model.column(kind));
    }

    /**
     * Adds a column of JPEG sizes, which needs no model.
     *
     * @param name the column's name
     * @param measure the measure
     * @param scale {@link ScoreScale#MINUS_KILOBYTES} or {@link ScoreScale#MINUS_KILOBYTES_OF_500}
     * @return this
     * @throws IllegalArgumentException if there is a column of that name
     */
    public ScoreTable column(String name, JpegCompressibility measure, ScoreScale scale) {
        return add(name, () -> ColumnModel.of(measure, scale));
    }

    ScoreTable add(String name, Supplier<ColumnModel> model) {
        Preconditions.checkArgument(!name.isBlank(), "ScoreTable: a column's name is blank");
        Preconditions.checkArgument(
                columns.putIfAbsent(name, model) == null,
                "ScoreTable: there is a column named %s already",
                name);
        return this;
    }

    /**
     * Loads models one after another and goes through all pictures with each: memory holds one
     * model, and every column decodes the pictures anew.
     *
     * @return this
     */
    public ScoreTable oneModelAtATime() {
        oneAtATime = true;
        return this;
    }

    /**
     * Sets a file that keeps scores as they are computed. If it is there already, its scores are
     * taken, and only those that are missing are computed: of new columns, of new rows, and of rows
     * whose prompt or whose picture's file size changed.
     *
     * @param file a file of JSON lines; its folder must exist
     * @return this
     */
    public ScoreTable state(Path file) {
        state = file;
        return this;
    }

    /**
     * Sets how often as many prompts are drawn again for the 95 % intervals.
     *
     * @param draws 1 to 1,000,000; 1,000 if it is not set
     * @return this
     * @throws IllegalArgumentException if out of range
     */
    public ScoreTable resamples(int draws) {
        Preconditions.checkArgument(
                draws >= 1 && draws <= MOST_RESAMPLES,
                "ScoreTable: resamples must be in 1..%s, got %s",
                MOST_RESAMPLES,
                draws);
        bootstrap = new Bootstrap(draws, bootstrap.seed());
        return this;
    }

    /**
     * Sets the seed of those draws.
     *
     * @param value any number; 0 if it is not set
     * @return this
     */
    public ScoreTable seed(long value) {
        bootstrap = new Bootstrap(bootstrap.resamples(), value);
        return this;
    }

    /**
     * Sets a listener.
     *
     * @param listener is told after each block of rows and column
     * @return this
     */
    public ScoreTable progress(Consumer<Progress> listener) {
        progress = listener;
        return this;
    }

    /**
     * Sets who is told of pictures without a score, all of them, and of those of an earlier run
     * too.
     *
     * @param listener is told of each picture once, by the first column that has no score of it
     * @return this
     */
    public ScoreTable failures(Consumer<Failure> listener) {
        failures = listener;
        return this;
    }

    /**
     * Scores every picture.
     *
     * @return what was found
     * @throws IllegalStateException if there are no columns, or a score is not finite
     * @throws DatasetException if there are no rows, a row is damaged, two are the same, or the
     *     state file was made with other weights
     * @throws IOException if the state file cannot be read or written
     */
    public ScoreTableResult run() throws IOException {
        Preconditions.checkState(!columns.isEmpty(), "ScoreTable: name columns");
        RowIndex index = RowIndex.of(rows);
        TableRun run = new TableRun(rows, index, List.copyOf(columns.keySet()), progress);
        try (run) {
            if (state != null) {
                run.resume(state);
            }
            if (oneAtATime) {
                for (Map.Entry<String, Supplier<ColumnModel>> column : columns.entrySet()) {
                    score(run, Map.of(column.getKey(), column.getValue()));
                }
            } else {
                score(run, columns);
            }
        }
        return run.result(bootstrap, failures);
    }

    private void score(TableRun run, Map<String, Supplier<ColumnModel>> chosen) throws IOException {
        try (Closer closer = Closer.create()) {
            Map<String, ColumnModel> models = new LinkedHashMap<>();
            for (Map.Entry<String, Supplier<ColumnModel>> column : chosen.entrySet()) {
                ColumnModel model = column.getValue().get();
                closer.register(model::close);
                run.begin(column.getKey(), model);
                models.put(column.getKey(), model);
            }
            try (Stream<PictureRow> all = rows.open()) {
                UnmodifiableIterator<List<PictureRow>> blocks =
                        Iterators.partition(all.iterator(), BLOCK);
                for (int first = 0; blocks.hasNext(); first += BLOCK) {
                    run.block(first, new ArrayList<>(blocks.next()), models);
                }
            }
        }
    }
}
