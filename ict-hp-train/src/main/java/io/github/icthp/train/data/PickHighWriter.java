package io.github.icthp.train.data;

import io.github.icthp.ImageSource;
import io.github.icthp.files.FolderFiles;
import io.github.icthp.image.ImageDecoder;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

import javax.imageio.ImageIO;

/**
 * Writes triplets in the layout of the released data set: images into folders, and a table that
 * names them. {@link PickHighDataset} reads it back.
 *
 * <p>Images are named by number: {@code NNNNNN_0} and {@code NNNNNN_1} for the rejected and
 * preferred one, {@code NNNNNN} for the refined one. Files and encoded pictures are copied byte by
 * byte, drawings become PNG. The table appears at {@link #finish}; a writer closed before leaves
 * images but no table.
 *
 * <p>For use by one thread.
 */
public final class PickHighWriter implements AutoCloseable {

    private final PickHighLayout layout;
    private final boolean labeled;
    private final TableOutput table;
    private long rows;

    private PickHighWriter(PickHighLayout layout, boolean labeled) throws IOException {
        this.layout = layout;
        this.labeled = labeled;
        FolderFiles.make(layout.easyImages());
        FolderFiles.make(layout.refinedImages());
        this.table = new TableOutput(layout.table(), labeled);
    }

    /**
     * Starts a labeled data set: every triplet must have targets.
     *
     * @param layout where to write; the table ends in {@code .parquet} or {@code .jsonl}
     * @return a writer to be finished and closed
     * @throws IOException if a folder or file cannot be created
     */
    public static PickHighWriter labeled(PickHighLayout layout) throws IOException {
        return new PickHighWriter(layout, true);
    }

    /**
     * Starts a data set without label columns; targets that triplets have are left out.
     *
     * @param layout where to write; the table ends in {@code .parquet} or {@code .jsonl}
     * @return a writer to be finished and closed
     * @throws IOException if a folder or file cannot be created
     */
    public static PickHighWriter unlabeled(PickHighLayout layout) throws IOException {
        return new PickHighWriter(layout, false);
    }

    /**
     * Writes one triplet. Its row number becomes the next one here, whatever it was.
     *
     * @param triplet prompts, images and perhaps targets; negative targets are written as 0
     * @throws IOException if an image cannot be read or a file cannot be written
     * @throws IllegalArgumentException if the data set is labeled and the triplet is not
     */
    public void write(PreferenceTriplet triplet) throws IOException {
        if (labeled && triplet.targets().isEmpty()) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "PickHighWriter: row %d has no targets, but %s is a labeled table; label the triplets with TripletLabeler or PreferenceDataset.labeled, or write an unlabeled one",
                            triplet.row(),
                            layout.table()));
        }
        String number = String.format(Locale.ROOT, "%06d", rows);
        TripletImages images = triplet.images();
        List<String> names =
                List.of(
                        copy(images.rejected(), layout.easyImages(), number + "_0"),
                        copy(images.preferred(), layout.easyImages(), number + "_1"),
                        copy(images.refined(), layout.refinedImages(), number));
        table.write(
                new TableRow(
                        triplet.easyPrompt(), triplet.refinedPrompt(), names, triplet.targets()));
        rows++;
    }

    private static String copy(ImageSource image, Path folder, String name) throws IOException {
        byte[] bytes = encoded(image);
        String file = name + "." + PictureKind.of(bytes, image.name()).ending();
        Files.write(folder.resolve(file), bytes);
        return file;
    }

    private static byte[] encoded(ImageSource image) throws IOException {
        if (image instanceof ImageSource.DecodedOnce shared) {
            return encoded(shared.source());
        }
        if (image instanceof ImageSource.File file) {
            return Files.readAllBytes(file.path());
        }
        if (image instanceof ImageSource.Encoded encoded) {
            return encoded.bytes().get();
        }
        if (image instanceof ImageSource.Address address) {
            return ImageDecoder.fetch(address.uri());
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(((ImageSource.Drawn) image).picture().get(), "png", png);
        return png.toByteArray();
    }

    /**
     * Completes the data set: the table gets its name.
     *
     * @return how many triplets were written
     * @throws IOException if the table cannot be written
     */
    public long finish() throws IOException {
        table.commit();
        return rows;
    }

    /**
     * Releases files; without {@link #finish} before, there will be no table.
     *
     * @throws IOException if the unfinished table cannot be deleted
     */
    @Override
    public void close() throws IOException {
        table.close();
    }
}
