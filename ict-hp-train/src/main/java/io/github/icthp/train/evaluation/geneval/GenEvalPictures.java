package io.github.icthp.train.evaluation.geneval;

import io.github.icthp.image.ImageDecodeException;
import io.github.icthp.image.ImageDecoder;
import io.github.icthp.image.RgbImage;
import io.github.icthp.report.PictureGrid;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Judged pictures in small, with the boxes of their objects, prompt by prompt. */
final class GenEvalPictures {

    private static final int SIDE = 192;

    /** Told apart with most kinds of color blindness (Okabe and Ito). */
    private static final List<Color> COLORS =
            List.of(
                    new Color(0xE69F00),
                    new Color(0x56B4E9),
                    new Color(0x009E73),
                    new Color(0xCC79A7),
                    new Color(0xD55E00));

    private GenEvalPictures() {}

    /** Draws pictures; those of one prompt stand side by side. */
    static PictureGrid grid(Iterable<GenEvalRow> rows) {
        Map<String, List<GenEvalRow>> prompts = new LinkedHashMap<>();
        rows.forEach(
                row -> prompts.computeIfAbsent(row.metadata(), m -> new ArrayList<>()).add(row));
        List<PictureGrid.Row> grid = new ArrayList<>();
        for (List<GenEvalRow> prompt : prompts.values()) {
            List<PictureGrid.Picture> pictures = new ArrayList<>();
            for (GenEvalRow row : prompt) {
                pictures.add(new PictureGrid.Picture(caption(row), draw(row)));
            }
            GenEvalRow first = prompt.get(0);
            grid.add(new PictureGrid.Row(first.prompt() + " (" + first.tag() + ")", pictures));
        }
        return new PictureGrid(grid);
    }

    private static String caption(GenEvalRow row) {
        Path file = Path.of(row.filename());
        String name =
                file.getNameCount() > 2
                        ? file.subpath(file.getNameCount() - 3, file.getNameCount()).toString()
                        : row.filename();
        StringBuilder objects = new StringBuilder();
        Details.read(row.details())
                .forEach(
                        (of, boxes) ->
                                objects.append(
                                        String.format(
                                                Locale.ROOT,
                                                "%s%d %s (%.2f)",
                                                objects.length() == 0 ? "" : ", ",
                                                boxes.size(),
                                                of,
                                                boxes.get(0).score())));
        return name.replace('\\', '/')
                + ": "
                + (row.correct() ? "right" : row.reason().replace("\n", "; "))
                + ". Found: "
                + (objects.length() == 0 ? "nothing" : objects);
    }

    private static BufferedImage draw(GenEvalRow row) {
        try {
            return draw(
                    ImageDecoder.standard().decode(Path.of(row.filename())),
                    Details.read(row.details()));
        } catch (ImageDecodeException e) {
            // The results stay, though the picture has gone since.
            return new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        }
    }

    private static BufferedImage draw(RgbImage image, Map<String, List<Detection>> objects) {
        double scale = (double) SIDE / Math.max(image.width(), image.height());
        BufferedImage small =
                new BufferedImage(
                        Math.max(1, (int) Math.round(image.width() * scale)),
                        Math.max(1, (int) Math.round(image.height() * scale)),
                        BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = small.createGraphics();
        try {
            graphics.setRenderingHint(
                    RenderingHints.KEY_INTERPOLATION,
                    scale < 1
                            ? RenderingHints.VALUE_INTERPOLATION_BILINEAR
                            : RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
            graphics.drawImage(picture(image), 0, 0, small.getWidth(), small.getHeight(), null);
            graphics.setStroke(new BasicStroke(2));
            int color = 0;
            for (List<Detection> boxes : objects.values()) {
                graphics.setColor(COLORS.get(color++ % COLORS.size()));
                for (Detection box : boxes) {
                    graphics.drawRect(
                            (int) Math.round(box.left() * scale),
                            (int) Math.round(box.top() * scale),
                            (int) Math.round((box.right() - box.left()) * scale) - 1,
                            (int) Math.round((box.bottom() - box.top()) * scale) - 1);
                }
            }
        } finally {
            graphics.dispose();
        }
        return small;
    }

    private static BufferedImage picture(RgbImage image) {
        BufferedImage picture =
                new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
        byte[] rgb = image.rgb();
        int[] packed = new int[image.width() * image.height()];
        for (int i = 0; i < packed.length; i++) {
            packed[i] =
                    ((rgb[3 * i] & 0xFF) << 16)
                            | ((rgb[3 * i + 1] & 0xFF) << 8)
                            | (rgb[3 * i + 2] & 0xFF);
        }
        picture.setRGB(0, 0, image.width(), image.height(), packed, 0, image.width());
        return picture;
    }
}
