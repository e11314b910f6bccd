package io.github.icthp.train.evaluation.table;

import java.util.BitSet;

/** A column while it is computed: a number a row, NaN for a picture that failed. */
final class ColumnScores {

    private final double[] scores;
    private final BitSet done = new BitSet();

    ColumnScores(int rows) {
        this.scores = new double[rows];
    }

    void put(int row, double score) {
        scores[row] = score;
        done.set(row);
    }

    boolean isDone(int from, int to) {
        return done.nextClearBit(from) >= to;
    }

    double score(int row) {
        return scores[row];
    }
}
