package io.github.icthp.train.data;

import org.jspecify.annotations.Nullable;

/** Which row stands at a place of a run. */
@FunctionalInterface
interface RowOrder {

    /** Rows in the order of the data set, the same in every pass. */
    RowOrder SEQUENTIAL = LoaderCursor::position;

    /** Returns the row at a place; called by one thread. */
    long row(LoaderCursor place);

    /** Rows shuffled anew in every pass, as the seed says. */
    static RowOrder shuffled(long size, long seed) {
        return new RowOrder() {
            private long epoch;
            private @Nullable Permutation permutation;

            @Override
            public long row(LoaderCursor place) {
                if (permutation == null || place.epoch() != epoch) {
                    epoch = place.epoch();
                    permutation = new Permutation(size, seed, epoch);
                }
                return permutation.at(place.position());
            }
        };
    }
}
