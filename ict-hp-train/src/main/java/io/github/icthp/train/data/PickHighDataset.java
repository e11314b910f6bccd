package io.github.icthp.train.data;

import com.google.common.base.CharMatcher;
import com.google.common.base.Supplier;
import com.google.common.base.Suppliers;

import io.github.icthp.ImageSource;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * Preference triplets in the layout of the released Pick-High data set: a table and folders of
 * images.
 *
 * <p>A pickled table is read through a list of allowed names and never executes anything. Columns
 * of other names are ignored, and so is the table's index: rows are numbered from 0 in file order.
 * E2 is read from column {@code E2} (the released code reads it from {@code R1}). Labels must lie
 * in [0, 1]. Image names must stay inside the image folders.
 *
 * <p>A wrong file or wrong columns are refused when it is opened; a wrong row when it is asked for.
 */
public final class PickHighDataset implements PreferenceDataset {

    private final PickHighLayout layout;
    private final TripletTable table;
    private final Supplier<String> fingerprint;

    private PickHighDataset(PickHighLayout layout, TripletTable table) {
        this.layout = layout;
        this.table = table;
        this.fingerprint = Suppliers.memoize(() -> "sha256:" + table.sha256());
    }

    /**
     * Opens a split of a data set.
     *
     * @param folder holds {@code Pick-High}, {@code pick_easy_img} and {@code pick_refine_img}
     * @param split which rows
     * @return the split's triplets
     * @throws DatasetException if there is no table, more than one, or it cannot be used
     */
    public static PickHighDataset open(Path folder, Split split) {
        return open(PickHighLayout.find(folder, split));
    }

    /**
     * Opens a table with image folders of its own.
     *
     * @param layout where they are
     * @return the triplets
     * @throws DatasetException if the table cannot be used
     */
    public static PickHighDataset open(PickHighLayout layout) {
        return new PickHighDataset(layout, TripletTable.open(layout.table(), true));
    }

    /**
     * Opens a table to label it: columns of labels are not read, and may hold anything.
     *
     * @param layout where it is
     * @return the triplets without labels
     * @throws DatasetException if the table cannot be used
     */
    public static PickHighDataset openWithoutLabels(PickHighLayout layout) {
        return new PickHighDataset(layout, TripletTable.open(layout.table(), false));
    }

    @Override
    public PickHighDataset withoutLabels() {
        return new PickHighDataset(layout, table.withoutLabels());
    }

    @Override
    public String name() {
        return layout.table().toString();
    }

    @Override
    public OptionalLong size() {
        return OptionalLong.of(table.size());
    }

    /**
     * Tells whether the table has label columns.
     *
     * @return true if it has E1, E2, R1 and R2
     */
    public boolean isLabeled() {
        return table.labeled();
    }

    @Override
    public PreferenceTriplet get(long row) {
        TableRow found = row(row);
        return new PreferenceTriplet(
                row,
                found.easyPrompt(),
                found.refinedPrompt(),
                new TripletImages(image(row, found, 0), image(row, found, 1), image(row, found, 2)),
                found.targets());
    }

    /** Reads a row without looking at its images. */
    TableRow row(long row) {
        if (row < 0 || row >= table.size()) {
            throw new IndexOutOfBoundsException(
                    String.format(
                            Locale.ROOT,
                            "%s: row must be in 0..%d, got %d",
                            name(),
                            table.size() - 1,
                            row));
        }
        return table.row((int) row);
    }

    private ImageSource image(long row, TableRow found, int rank) {
        Path folder = rank == 2 ? layout.refinedImages() : layout.easyImages();
        String name = found.images().get(rank);
        try {
            return new ImageSource.File(inside(folder, name));
        } catch (IllegalArgumentException e) {
            throw new BadRowException(
                    name(), row, TripletColumns.IMAGES.get(rank), e.getMessage(), null);
        }
    }

    private static Path inside(Path folder, String name) {
        Path relative;
        try {
            relative = Path.of(name);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    "'"
                            + name
                            + "' is not a file name: "
                            + e.getReason()
                            + (CharMatcher.ascii().matchesAllOf(name)
                                    ? ""
                                    : "; start with LC_ALL=C.UTF-8"),
                    e);
        }
        Path file = folder.resolve(relative).normalize();
        if (name.isEmpty() || relative.getRoot() != null || !file.startsWith(folder.normalize())) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "expected the name of a file inside %s, got '%s'",
                            folder,
                            name));
        }
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("there is no file " + file);
        }
        return file;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s: %d %striplets",
                name(),
                table.size(),
                isLabeled() ? "labeled " : "");
    }

    @Override
    public String fingerprint() {
        return fingerprint.get();
    }

    @Override
    public void close() {
        table.close();
    }
}
