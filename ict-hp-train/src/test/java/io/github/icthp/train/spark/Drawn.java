package io.github.icthp.train.spark;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

import javax.imageio.ImageIO;

/** Small drawn pictures and their prompts. */
final class Drawn {

    static final List<String> PROMPTS =
            List.of("a red circle", "a blue square", "two green circles", "a yellow shape");

    private Drawn() {}

    /** Picture number n, encoded as PNG; each number gives another one. */
    static byte[] png(int n) {
        BufferedImage image = new BufferedImage(48, 40, BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = image.createGraphics();
        pen.setColor(new Color(250, 250 - n % 60, 240));
        pen.fillRect(0, 0, 48, 40);
        pen.setColor(new Color((n * 67) % 256, (n * 131) % 256, (n * 29) % 256));
        if (n % 2 == 0) {
            pen.fillOval(4 + n % 10, 5, 24, 24);
        } else {
            pen.fillRect(6, 4 + n % 9, 20, 22);
        }
        pen.dispose();
        try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
            ImageIO.write(image, "png", out);
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String prompt(int n) {
        return PROMPTS.get(n % PROMPTS.size());
    }
}
