package io.github.icthp.train.evaluation.table;

import com.google.common.base.Preconditions;
import com.google.common.hash.Hashing;
import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;

import io.github.icthp.ImageSource;
import io.github.icthp.train.data.DatasetException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What is kept of the rows while they are scored: a few numbers for each, found by reading all of
 * them once. Names of models and of prompts are kept once.
 */
final class RowIndex {

    private final List<Group> groups;
    private final int prompts;
    private final ImmutableIntArray groupOf;
    private final ImmutableIntArray promptOf;
    private final ImmutableLongArray keys;

    /** The pictures that belong to one line of the table. */
    record Group(String model, PromptCondition condition) {}

    private RowIndex(
            List<Group> groups,
            int prompts,
            ImmutableIntArray groupOf,
            ImmutableIntArray promptOf,
            ImmutableLongArray keys) {
        this.groups = groups;
        this.prompts = prompts;
        this.groupOf = groupOf;
        this.promptOf = promptOf;
        this.keys = keys;
    }

    /**
     * Reads every row.
     *
     * @throws DatasetException if there are none, or two are the same
     */
    static RowIndex of(PictureRows rows) {
        Map<Group, Integer> groups = new LinkedHashMap<>();
        Map<String, Integer> prompts = new HashMap<>();
        ImmutableIntArray.Builder groupOf = ImmutableIntArray.builder();
        ImmutableIntArray.Builder promptOf = ImmutableIntArray.builder();
        ImmutableLongArray.Builder keys = ImmutableLongArray.builder();
        ImmutableLongArray.Builder identities = ImmutableLongArray.builder();
        try (Stream<PictureRow> all = rows.open()) {
            for (Iterator<PictureRow> each = all.iterator(); each.hasNext(); ) {
                PictureRow row = each.next();
                requireText(row);
                Group group = new Group(row.model(), row.condition());
                groupOf.add(groups.computeIfAbsent(group, g -> groups.size()));
                promptOf.add(prompts.computeIfAbsent(row.promptId(), p -> prompts.size()));
                keys.add(key(row));
                identities.add(identity(row));
            }
        }
        requireDistinct(rows, identities.build());
        return new RowIndex(
                List.copyOf(groups.keySet()),
                prompts.size(),
                groupOf.build(),
                promptOf.build(),
                keys.build());
    }

    private static void requireText(PictureRow row) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(row.prompt())) {
            throw new DatasetException(
                    row.place() + ": the prompt has half a character (a lone surrogate)");
        }
    }

    private static void requireDistinct(PictureRows rows, ImmutableLongArray identities) {
        if (identities.isEmpty()) {
            throw new DatasetException(rows.name() + " has no rows");
        }
        long[] sorted = identities.toArray();
        Arrays.sort(sorted);
        for (int i = 1; i < sorted.length; i++) {
            if (sorted[i] == sorted[i - 1]) {
                int first = identities.indexOf(sorted[i]);
                int second = identities.lastIndexOf(sorted[i]);
                try (Stream<PictureRow> all = rows.open()) {
                    throw new DatasetException(
                            String.format(
                                    Locale.ROOT,
                                    "%s: rows %d and %d are the same picture twice: %s",
                                    rows.name(),
                                    first + 1,
                                    second + 1,
                                    all.skip(second).findFirst().orElseThrow().place()));
                }
            }
        }
    }

    private static long identity(PictureRow row) {
        return hash(row.model(), row.condition().label(), row.promptId(), row.image().name());
    }

    /** Changes with the prompt's text and with the size of the picture's file. */
    static long key(PictureRow row) {
        return hash(
                row.model(),
                row.condition().label(),
                row.promptId(),
                row.image().name(),
                row.prompt(),
                Long.toString(size(row.image())));
    }

    private static long size(ImageSource image) {
        try {
            return image instanceof ImageSource.File file ? Files.size(file.path()) : 0;
        } catch (IOException e) {
            return -1;
        }
    }

    private static long hash(String... texts) {
        return Hashing.sha256()
                .hashString(String.join("\0", texts), StandardCharsets.UTF_8)
                .asLong();
    }

    List<Group> groups() {
        return groups;
    }

    int rows() {
        return keys.length();
    }

    /** How many prompts there are, whose numbers are 0 up to it. */
    int prompts() {
        return prompts;
    }

    int group(int row) {
        return groupOf.get(row);
    }

    int prompt(int row) {
        return promptOf.get(row);
    }

    long key(int row) {
        return keys.get(row);
    }

    /** Checks that the rows, read again, are no more than there were. */
    void requireWithin(int number) {
        Preconditions.checkState(
                number < rows(),
                "ScoreTable: expected %s rows, got more: they changed while they were scored",
                rows());
    }
}
