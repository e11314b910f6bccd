package io.github.icthp.train.data;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.primitives.Ints;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** Triplets in a list, each numbered by its place. */
final class ListedTriplets implements PreferenceDataset {

    private final String name;
    private final ImmutableList<PreferenceTriplet> triplets;

    ListedTriplets(String name, List<PreferenceTriplet> triplets) {
        this.name = name;
        this.triplets = ImmutableList.copyOf(triplets);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public OptionalLong size() {
        return OptionalLong.of(triplets.size());
    }

    @Override
    public PreferenceTriplet get(long row) {
        Preconditions.checkElementIndex(Ints.saturatedCast(row), triplets.size(), name + ": row");
        return triplets.get((int) row).withRow(row);
    }

    /** Of prompts, picture names and targets, not of what the pictures show. */
    @Override
    public String fingerprint() {
        Hasher hasher = Hashing.sha256().newHasher();
        for (PreferenceTriplet triplet : triplets) {
            String text =
                    String.format(
                            Locale.ROOT,
                            "%s\0%s\0%s\0%s\n",
                            triplet.easyPrompt(),
                            triplet.refinedPrompt(),
                            triplet.images().ranked().stream().map(i -> i.name()).toList(),
                            triplet.targets());
            hasher.putString(text, StandardCharsets.UTF_8);
        }
        return "list sha256:" + hasher.hash();
    }

    @Override
    public String toString() {
        return name + ": " + triplets.size() + " triplets";
    }

    @Override
    public void close() {}
}
