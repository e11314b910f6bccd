package io.github.icthp.train.spark;

import com.google.common.base.Preconditions;
import com.google.common.collect.Iterators;

import io.github.icthp.train.pickhigh.PromptFilter;

import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;

import java.util.Iterator;

/**
 * Chooses base prompts on Spark as the first step of {@code PickHighBuild} does, and filters by the
 * list of words: what judges a row by itself, and which of the same prompts comes first.
 *
 * <pre>{@code
 * Dataset<Row> judged = SparkPrompts.column("caption").longest(20).judge(captions);
 * judged.where("removed IS NULL");
 * }</pre>
 */
public final class SparkPrompts {

    private static final String OPERATION = "SparkPrompts";
    private static final String REMOVED = "removed";
    private static final String KEY = "__ict_hp_key";
    private static final String ROW = "__ict_hp_row";
    private static final int DEFAULT_LONGEST = 30;

    private final String column;
    private final int longest;

    private SparkPrompts(String column, int longest) {
        this.column = column;
        this.longest = longest;
    }

    /**
     * Begins.
     *
     * @param column the column of the prompts
     * @return a choice of prompts of at most 30 tokens
     */
    public static SparkPrompts column(String column) {
        return new SparkPrompts(column, DEFAULT_LONGEST);
    }

    /**
     * Sets how long a base prompt may be.
     *
     * @param tokens CLIP tokens at most
     * @return a choice by it
     * @throws IllegalArgumentException if it is less than 1
     */
    public SparkPrompts longest(int tokens) {
        Preconditions.checkArgument(
                tokens >= 1, "SparkPrompts: expected at least 1 token, got %s", tokens);
        return new SparkPrompts(column, tokens);
    }

    /**
     * Judges every row. Of prompts that differ in case and punctuation alone, the first row stays.
     * Finding it moves rows between executors: leave pictures out of the table, and join them
     * later.
     *
     * @param table has the column of prompts
     * @return the table, in another order, with {@code removed}: why a row is out, or null
     * @throws IllegalArgumentException if the column is missing or holds no strings, or there is a
     *     column {@code removed}
     */
    public Dataset<Row> judge(Dataset<Row> table) {
        Columns columns = new Columns(OPERATION, table.schema());
        int place = columns.text(column, "column");
        columns.requireFree(REMOVED, "rename it");
        StructType schema =
                table.schema()
                        .add(ROW, DataTypes.LongType)
                        .add(REMOVED, DataTypes.StringType)
                        .add(KEY, DataTypes.LongType);
        Dataset<Row> judged =
                table.withColumn(ROW, functions.monotonically_increasing_id())
                        .mapPartitions(new Judge(place, longest), Encoders.row(schema));
        return judged.withColumn(
                        REMOVED,
                        functions.coalesce(
                                functions.col(REMOVED),
                                functions.when(
                                        functions
                                                .row_number()
                                                .over(
                                                        Window.partitionBy(KEY)
                                                                .orderBy(
                                                                        functions
                                                                                .col(REMOVED)
                                                                                .isNotNull(),
                                                                        functions.col(ROW)))
                                                .gt(1),
                                        "repeated")))
                .drop(KEY, ROW);
    }

    /** Judges rows by themselves, on an executor. */
    private record Judge(int place, int longest) implements MapPartitionsFunction<Row, Row> {

        @Override
        public Iterator<Row> call(Iterator<Row> rows) {
            PromptFilter filter = PromptFilter.of(longest);
            TaskContext task = TaskContext.get();
            TaskCompletionListener listener = context -> filter.close();
            task.addTaskCompletionListener(listener);
            return Iterators.transform(rows, row -> judged(row, filter));
        }

        private Row judged(Row row, PromptFilter filter) {
            String prompt = row.getString(place);
            String reason = filter.reason(prompt).orElse(null);
            return RowScoring.appended(
                    row, reason, prompt == null ? null : PromptFilter.key(prompt));
        }
    }
}
