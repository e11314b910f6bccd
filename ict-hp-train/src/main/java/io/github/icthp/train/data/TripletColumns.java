package io.github.icthp.train.data;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** The column names of the released tables, and what a table must have. */
final class TripletColumns {

    static final String EASY_PROMPT = "easy_prompt";
    static final String REFINED_PROMPT = "refine_prompt";

    /** File names of the rejected, preferred and refined image, in that order. */
    static final List<String> IMAGES = List.of("easy_image_0", "easy_image_1", "refine_image");

    /** Columns of text; every table has them. */
    static final List<String> TEXTS =
            List.of(EASY_PROMPT, REFINED_PROMPT, IMAGES.get(0), IMAGES.get(1), IMAGES.get(2));

    /** Columns of numbers in [0, 1]; a table has all of them or none. */
    static final List<String> LABELS = List.of("E1", "E2", "R1", "R2");

    /** All columns in the order of the released tables. */
    static final List<String> ALL = concat(TEXTS, LABELS);

    private TripletColumns() {}

    /**
     * Checks a table's columns; columns of other names are ignored.
     *
     * @param labels whether labels are read; otherwise their columns are ignored too
     * @return whether the table is labeled
     * @throws DatasetException naming every missing or repeated column
     */
    static boolean check(String source, Collection<String> present, boolean labels) {
        boolean labeled = labels && LABELS.stream().anyMatch(present::contains);
        List<String> expected = labeled ? ALL : TEXTS;
        List<String> missing = expected.stream().filter(c -> !present.contains(c)).toList();
        if (!missing.isEmpty()) {
            throw new DatasetException(
                    String.format(
                            Locale.ROOT,
                            "%s: missing columns %s; the table has %s (labels %s may only be left out together)",
                            source,
                            missing,
                            present,
                            LABELS));
        }
        List<String> repeated =
                expected.stream()
                        .filter(c -> present.stream().filter(c::equals).count() > 1)
                        .toList();
        if (!repeated.isEmpty()) {
            throw new DatasetException(
                    String.format(
                            Locale.ROOT,
                            "%s: columns %s appear more than once among %s",
                            source,
                            repeated,
                            present));
        }
        return labeled;
    }

    private static List<String> concat(List<String> first, List<String> second) {
        List<String> all = new ArrayList<>(first);
        all.addAll(second);
        return List.copyOf(all);
    }
}
