package io.github.icthp.train.data;

import com.google.common.base.Preconditions;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.primitives.ImmutableLongArray;
import com.google.common.primitives.Ints;

import java.util.List;
import java.util.OptionalLong;

/** The rows of another data set that could be labeled, with their targets. */
final class LabeledTriplets implements PreferenceDataset {

    private final PreferenceDataset data;
    private final ImmutableLongArray rows;
    private final List<IctTargets> targets;

    /**
     * Joins rows with targets.
     *
     * @param data where prompts and pictures are; closes with this
     * @param rows its rows that were labeled
     * @param targets their targets, in the same order
     */
    LabeledTriplets(PreferenceDataset data, ImmutableLongArray rows, List<IctTargets> targets) {
        this.data = data;
        this.rows = rows;
        this.targets = List.copyOf(targets);
    }

    @Override
    public String name() {
        return data.name();
    }

    @Override
    public OptionalLong size() {
        return OptionalLong.of(rows.length());
    }

    @Override
    public PreferenceTriplet get(long row) {
        Preconditions.checkElementIndex(Ints.saturatedCast(row), rows.length(), name() + ": row");
        return data.get(rows.get((int) row)).withRow(row).withTargets(targets.get((int) row));
    }

    @Override
    public String fingerprint() {
        Hasher hasher = Hashing.sha256().newHasher();
        for (int i = 0; i < targets.size(); i++) {
            IctTargets t = targets.get(i);
            hasher.putLong(rows.get(i)).putDouble(t.e1()).putDouble(t.e2());
            hasher.putDouble(t.r1()).putDouble(t.r2());
        }
        return data.fingerprint() + ", labels sha256:" + hasher.hash();
    }

    @Override
    public String toString() {
        return name() + ": " + rows.length() + " labeled triplets";
    }

    @Override
    public void close() {
        data.close();
    }
}
