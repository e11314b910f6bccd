package io.github.icthp.train.spark;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

import java.util.HashMap;
import java.util.Map;

/** What number a row of a table has, for messages. */
final class RowNumbers {

    /** A column of places, which are in the order of the rows but not without gaps. */
    static final String PLACE = "__row";

    /** The place of a partition's first row is the partition's number times this power of two. */
    private static final int PARTITION_BITS = 33;

    /** How many rows are before each partition's. */
    private final Map<Integer, Long> starts = new HashMap<>();

    /** Counts the rows of a table that has places. */
    RowNumbers(Dataset<Row> table) {
        Column partition = functions.shiftright(functions.col(PLACE), PARTITION_BITS).cast("int");
        long before = 0;
        for (Row row :
                table.groupBy(partition.as("partition"))
                        .count()
                        .orderBy("partition")
                        .collectAsList()) {
            starts.put(row.getInt(0), before);
            before += row.getLong(1);
        }
    }

    static Column places() {
        return functions.monotonically_increasing_id().as(PLACE);
    }

    /** Returns the number of the row at a place, from 1. */
    int of(long place) {
        int partition = (int) (place >>> PARTITION_BITS);
        long inside = place & ((1L << PARTITION_BITS) - 1);
        return (int) (starts.getOrDefault(partition, 0L) + inside + 1);
    }
}
