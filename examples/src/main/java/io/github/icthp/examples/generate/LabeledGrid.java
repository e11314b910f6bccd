package io.github.icthp.examples.generate;

import io.github.icthp.report.Fonts;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;

/** Pictures in rows and columns, with words over each column and under each row. */
final class LabeledGrid {

    private static final int SMALLEST = 160;
    private static final int LARGEST = 512;
    private static final int GAP = 8;
    private static final int LINE = 22;

    private LabeledGrid() {}

    /**
     * Pictures side by side.
     *
     * @param label what is written under them
     * @param pictures one a column
     */
    record Row(String label, List<BufferedImage> pictures) {}

    /** Draws a grid; small pictures are enlarged with sharp pixels, none is cropped. */
    static BufferedImage draw(List<String> columns, List<Row> rows) {
        int side = side(rows);
        int width = GAP + columns.size() * (side + GAP);
        int height = LINE + rows.size() * (side + LINE + GAP);
        BufferedImage grid = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = grid.createGraphics();
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, width, height);
        g.setColor(Color.DARK_GRAY);
        g.setRenderingHint(
                RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        for (int column = 0; column < columns.size(); column++) {
            caption(columns.get(column), g, GAP + column * (side + GAP), LINE - GAP / 2, side);
        }
        for (int row = 0; row < rows.size(); row++) {
            int y = LINE + row * (side + LINE + GAP);
            for (int column = 0; column < columns.size(); column++) {
                BufferedImage picture = rows.get(row).pictures().get(column);
                picture(picture, g, GAP + column * (side + GAP), y, side);
            }
            caption(rows.get(row).label(), g, GAP, y + side + LINE - GAP, width - 2 * GAP);
        }
        g.dispose();
        return grid;
    }

    /** The first column's pictures may be of any size; those that were made decide. */
    private static int side(List<Row> rows) {
        int largest =
                rows.stream()
                        .flatMap(row -> row.pictures().stream().skip(1))
                        .mapToInt(picture -> Math.max(picture.getWidth(), picture.getHeight()))
                        .max()
                        .orElse(LARGEST);
        return Math.max(SMALLEST, Math.min(LARGEST, largest));
    }

    private static void picture(BufferedImage picture, Graphics2D g, int x, int y, int side) {
        double factor = (double) side / Math.max(picture.getWidth(), picture.getHeight());
        int width = Math.max(1, (int) Math.round(picture.getWidth() * factor));
        int height = Math.max(1, (int) Math.round(picture.getHeight() * factor));
        g.setRenderingHint(
                RenderingHints.KEY_INTERPOLATION,
                factor > 1
                        ? RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR
                        : RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        g.drawImage(picture, x + (side - width) / 2, y + (side - height) / 2, width, height, null);
    }

    private static void caption(String text, Graphics2D g, int x, int y, int width) {
        if (Fonts.usable()) {
            g.drawString(shortened(text, g.getFontMetrics(), width), x, y);
        }
    }

    private static String shortened(String text, FontMetrics metrics, int width) {
        if (metrics.stringWidth(text) <= width) {
            return text;
        }
        int length = text.length();
        while (length > 0 && metrics.stringWidth(text.substring(0, length) + "…") > width) {
            length = text.offsetByCodePoints(length, -1);
        }
        return text.substring(0, length) + "…";
    }
}
