package io.github.icthp.examples.world;

import io.github.icthp.train.data.IctTargets;
import io.github.icthp.train.data.PreferenceDataset;
import io.github.icthp.train.data.PreferenceTriplet;

import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** The first rows of a data set, with targets. */
record LabeledDataset(PreferenceDataset data, List<IctTargets> targets, double theta)
        implements PreferenceDataset {

    LabeledDataset {
        targets = List.copyOf(targets);
    }

    @Override
    public String name() {
        return data.name();
    }

    @Override
    public OptionalLong size() {
        return OptionalLong.of(targets.size());
    }

    @Override
    public PreferenceTriplet get(long row) {
        return data.get(row).withTargets(targets.get((int) row));
    }

    @Override
    public String fingerprint() {
        return String.format(
                Locale.ROOT,
                "%s, %d rows labeled with θ %s",
                data.fingerprint(),
                targets.size(),
                theta);
    }

    @Override
    public void close() {}
}
