package io.github.icthp.train.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Where one split of a data set in the released layout lies.
 *
 * @param table rows: a pickled DataFrame ({@code .pkl}), {@code .parquet}, or JSON lines ({@code
 *     .jsonl})
 * @param easyImages folder of the rejected and preferred images
 * @param refinedImages folder of the refined images
 */
public record PickHighLayout(Path table, Path easyImages, Path refinedImages) {

    static final String TABLES = "Pick-High";
    static final String EASY_IMAGES = "pick_easy_img";
    static final String REFINED_IMAGES = "pick_refine_img";

    /**
     * Finds a split: the table is {@code Pick-High/<split>} with one of the known endings, the
     * images are in {@code pick_easy_img/<split>} and {@code pick_refine_img/<split>}.
     *
     * @param folder the data set's folder
     * @param split which rows
     * @return where they are
     * @throws DatasetException if there is no such table, or more than one
     */
    public static PickHighLayout find(Path folder, Split split) {
        List<PickHighLayout> candidates =
                TableFiles.ENDINGS.stream().map(ending -> of(folder, split, ending)).toList();
        List<PickHighLayout> found =
                candidates.stream().filter(c -> Files.isRegularFile(c.table())).toList();
        if (found.isEmpty()) {
            throw new DatasetException(
                    String.format(
                            Locale.ROOT,
                            "%s: no table for split %s; expected one of %s",
                            folder,
                            split.folder(),
                            tables(candidates)));
        }
        if (found.size() > 1) {
            throw new DatasetException(
                    String.format(
                            Locale.ROOT,
                            "%s: split %s has %d tables %s; name the one to read",
                            folder,
                            split.folder(),
                            found.size(),
                            tables(found)));
        }
        return found.get(0);
    }

    private static List<Path> tables(List<PickHighLayout> layouts) {
        return layouts.stream().map(PickHighLayout::table).toList();
    }

    /**
     * Returns where a split's table of a given kind lies, whether or not it is there.
     *
     * @param folder the data set's folder
     * @param split which rows
     * @param ending {@code pkl}, {@code parquet} or {@code jsonl}
     * @return where they are
     */
    public static PickHighLayout of(Path folder, Split split, String ending) {
        return of(folder, split, folder.resolve(TABLES).resolve(split.folder() + "." + ending));
    }

    /**
     * Returns a split whose table lies elsewhere, with the images in the usual folders.
     *
     * @param folder the data set's folder
     * @param split which images
     * @param table the table's file
     * @return where they are
     */
    public static PickHighLayout of(Path folder, Split split, Path table) {
        return new PickHighLayout(
                table,
                folder.resolve(EASY_IMAGES).resolve(split.folder()),
                folder.resolve(REFINED_IMAGES).resolve(split.folder()));
    }
}
