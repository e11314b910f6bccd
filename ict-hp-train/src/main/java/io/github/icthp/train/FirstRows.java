package io.github.icthp.train;

import io.github.icthp.train.data.PreferenceDataset;
import io.github.icthp.train.data.PreferenceTriplet;

import java.util.OptionalLong;

/** The beginning of a data set. Closing this leaves the data set open. */
record FirstRows(PreferenceDataset all, long limit) implements PreferenceDataset {

    @Override
    public String name() {
        return all.name();
    }

    @Override
    public OptionalLong size() {
        return OptionalLong.of(Math.min(limit, all.size().orElse(Long.MAX_VALUE)));
    }

    @Override
    public PreferenceTriplet get(long row) {
        return all.get(row);
    }

    @Override
    public String fingerprint() {
        return all.fingerprint() + ", at most " + limit + " rows";
    }

    @Override
    public void close() {}
}
