package io.github.icthp.report;

import com.google.common.collect.ImmutableList;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

import javax.imageio.ImageIO;

/**
 * Rows of pictures, such as those of one prompt before and after a training.
 *
 * @param rows from top to bottom
 */
public record PictureGrid(List<Row> rows) {

    /** Narrower pictures are drawn at a multiple of their size, with sharp pixels. */
    private static final int SMALL = 128;

    /**
     * Pictures side by side.
     *
     * @param title what they have in common, such as their prompt
     * @param pictures the pictures, which must not change any more
     */
    public record Row(String title, List<Picture> pictures) {

        /**
         * Copies the pictures.
         *
         * @param title what they have in common
         * @param pictures the pictures
         */
        public Row {
            pictures = ImmutableList.copyOf(pictures);
        }
    }

    /**
     * A picture with words under it.
     *
     * @param caption what it is, such as its model and reward
     * @param image its pixels
     */
    public record Picture(String caption, BufferedImage image) {}

    /**
     * Copies the rows.
     *
     * @param rows from top to bottom
     */
    public PictureGrid {
        rows = ImmutableList.copyOf(rows);
    }

    String toHtml() {
        return rows.stream()
                .map(
                        row ->
                                "<section class=\"pictures\"><h3>"
                                        + Html.escape(row.title())
                                        + "</h3>\n<div>\n"
                                        + row.pictures().stream()
                                                .map(PictureGrid::html)
                                                .collect(Collectors.joining())
                                        + "</div></section>\n")
                .collect(Collectors.joining());
    }

    private static String html(Picture picture) {
        String caption = Html.escape(picture.caption());
        String style = picture.image().getWidth() < SMALL ? " class=\"small\"" : "";
        return "<figure><img"
                + style
                + " alt=\""
                + caption
                + "\" src=\"data:image/png;base64,"
                + Base64.getEncoder().encodeToString(png(picture.image()))
                + "\"><figcaption>"
                + caption
                + "</figcaption></figure>\n";
    }

    private static byte[] png(BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("PictureGrid: a picture cannot be written as PNG", e);
        }
        return bytes.toByteArray();
    }
}
