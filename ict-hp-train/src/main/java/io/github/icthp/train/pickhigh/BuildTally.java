package io.github.icthp.train.pickhigh;

import com.google.common.primitives.ImmutableLongArray;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Counts over all rows of a build, and some of them as samples. */
final class BuildTally {

    static final int WORDS = 80;
    private static final int BINS = 40;
    private static final int SAMPLES = 8;
    private static final int REMOVED_SAMPLES = 3;

    final Map<Removal.Kind, Long> removals = new EnumMap<>(Removal.Kind.class);
    final Map<Removal.Kind, List<PromptRow>> removed = new EnumMap<>(Removal.Kind.class);
    final List<PromptRow> samples = new ArrayList<>();
    final Lengths base = new Lengths();
    final Lengths refined = new Lengths();
    long rows;
    long kept;
    long withoutPair;
    long inputTokens;
    long outputTokens;

    /** Words of prompts. */
    static final class Lengths {
        final long[] counts = new long[BINS];
        long words;
        long prompts;

        void add(String prompt) {
            int length = prompt.split(" ").length;
            counts[Math.min(BINS - 1, length * BINS / WORDS)]++;
            words += length;
            prompts++;
        }

        double mean() {
            return prompts == 0 ? 0 : (double) words / prompts;
        }

        ImmutableLongArray bins() {
            return ImmutableLongArray.copyOf(counts);
        }
    }

    void add(PromptRow row) {
        rows++;
        inputTokens += row.inputTokens();
        outputTokens += row.outputTokens();
        Removal removal = row.removal();
        if (removal != null) {
            removals.merge(removal.kind(), 1L, Long::sum);
            List<PromptRow> some =
                    removed.computeIfAbsent(removal.kind(), kind -> new ArrayList<>());
            if (some.size() < REMOVED_SAMPLES) {
                some.add(row);
            }
            return;
        }
        kept++;
        base.add(row.base());
        refined.add(row.best());
        if (!row.hasPair()) {
            withoutPair++;
        }
        if (samples.size() < SAMPLES) {
            samples.add(row);
        }
    }

    long count(Removal.Kind... kinds) {
        long sum = 0;
        for (Removal.Kind kind : kinds) {
            sum += removals.getOrDefault(kind, 0L);
        }
        return sum;
    }
}
