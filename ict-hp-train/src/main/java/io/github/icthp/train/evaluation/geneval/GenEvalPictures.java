package io.github.icthp.train.evaluation.geneval;

import io.github.icthp.image.ImageDecodeException;
import io.github.icthp.image.ImageDecoder;
import io.github.icthp.image.RgbImage;
import io.github.icthp.report.PictureGrid;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Rectangle;
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
    private enum Frame {
        ORANGE(0xE69F00),
        BLUE(0x56B4E9),
        GREEN(0x009E73),
        PINK(0xCC79A7),
        RED(0xD55E00);

        private final Color color;

        Frame(int rgb) {
            color = new Color(rgb);
        }

        /** Boxes of the class of this number. */
        static Frame of(int number) {
            return values()[number % values().length];
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final int LINE = 2;

    /** Lies below a frame, so that it is seen on any ground. */
    private static final int EDGE = 4;

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
        List<String> objects = new ArrayList<>();
        Details.read(row.details())
                .forEach(
                        (of, boxes) ->
                                objects.add(
                                        String.format(
                                                Locale.ROOT,
                                                "%d %s (%.2f, %s)",
                                                boxes.size(),
                                                of,
                                                boxes.get(0).score(),
                                                Frame.of(objects.size()))));
        return name.replace('\\', '/')
                + ": "
                + (row.correct() ? "right" : row.reason().replace("\n", "; "))
                + ". Found: "
                + (objects.isEmpty() ? "nothing" : String.join(", ", objects));
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
            int number = 0;
            for (List<Detection> boxes : objects.values()) {
                Color color = Frame.of(number++).color;
                for (Detection box : boxes) {
                    drawBox(graphics, box, scale, color);
                }
            }
        } finally {
            graphics.dispose();
        }
        return small;
    }

    private static void drawBox(Graphics2D graphics, Detection box, double scale, Color color) {
        Rectangle frame =
                new Rectangle(
                        (int) Math.round(box.left() * scale),
                        (int) Math.round(box.top() * scale),
                        (int) Math.round((box.right() - box.left()) * scale) - 1,
                        (int) Math.round((box.bottom() - box.top()) * scale) - 1);
        graphics.setColor(Color.BLACK);
        graphics.setStroke(new BasicStroke(EDGE));
        graphics.draw(frame);
        graphics.setColor(color);
        graphics.setStroke(new BasicStroke(LINE));
        graphics.draw(frame);
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
