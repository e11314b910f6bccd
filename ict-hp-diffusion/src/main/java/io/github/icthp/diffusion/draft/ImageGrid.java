package io.github.icthp.diffusion.draft;

import io.github.icthp.diffusion.draft.PromptOrder.Picture;
import io.github.icthp.report.Fonts;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

import javax.imageio.ImageIO;

/** Pictures before and after, side by side: a row for each prompt, with the same noise. */
final class ImageGrid {

    private static final int ROWS = 8;
    private static final int SMALLEST = 192;
    private static final int LARGEST = 512;
    private static final int GAP = 8;
    private static final int LINE = 22;

    private ImageGrid() {}

    /**
     * Draws a grid.
     *
     * @param pictures prompts and seeds; the first eight are shown
     * @param before what the base model makes
     * @param after what the tuned model makes
     * @return a PNG file
     */
    static byte[] png(
            List<Picture> pictures, List<BufferedImage> before, List<BufferedImage> after) {
        int rows = Math.min(ROWS, pictures.size());
        BufferedImage first = before.get(0);
        int width = Math.max(SMALLEST, Math.min(LARGEST, first.getWidth()));
        int height = first.getHeight() * width / first.getWidth();
        BufferedImage grid =
                new BufferedImage(
                        2 * width + 3 * GAP,
                        LINE + rows * (height + LINE + GAP) + GAP,
                        BufferedImage.TYPE_INT_RGB);
        Graphics2D g = canvas(grid, width > first.getWidth());
        caption("base", g, GAP, LINE - GAP / 2, width);
        caption("tuned", g, width + 2 * GAP, LINE - GAP / 2, width);
        for (int row = 0; row < rows; row++) {
            int y = LINE + row * (height + LINE + GAP);
            g.drawImage(before.get(row), GAP, y, width, height, null);
            g.drawImage(after.get(row), width + 2 * GAP, y, width, height, null);
            caption(pictures.get(row).prompt(), g, GAP, y + height + LINE - GAP, 2 * width);
        }
        g.dispose();
        return encode(grid);
    }

    private static Graphics2D canvas(BufferedImage grid, boolean enlarged) {
        Graphics2D g = grid.createGraphics();
        g.setRenderingHint(
                RenderingHints.KEY_INTERPOLATION,
                enlarged
                        ? RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR
                        : RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        g.setRenderingHint(
                RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, grid.getWidth(), grid.getHeight());
        g.setColor(Color.DARK_GRAY);
        g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        return g;
    }

    private static void caption(String text, Graphics2D g, int x, int y, int width) {
        if (Fonts.usable()) {
            g.drawString(shorten(text, g, width), x, y);
        }
    }

    private static String shorten(String text, Graphics2D g, int width) {
        FontMetrics metrics = g.getFontMetrics();
        if (metrics.stringWidth(text) <= width) {
            return text;
        }
        int length = text.length();
        while (length > 0 && metrics.stringWidth(text.substring(0, length) + "…") > width) {
            length--;
        }
        return text.substring(0, length) + "…";
    }

    private static byte[] encode(BufferedImage image) {
        try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
            ImageIO.write(image, "png", out);
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
