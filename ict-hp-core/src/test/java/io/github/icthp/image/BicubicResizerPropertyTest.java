package io.github.icthp.image;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

import java.util.Random;

/** The resizer against a plain statement of Pillow's method, on sizes drawn at random. */
class BicubicResizerPropertyTest {

    private final BicubicResizer resizer = new BicubicResizer();

    @RepeatedTest(40)
    void anyRectangleEqualsThatOfThePlainMethod(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        int width = 1 + random.nextInt(60);
        int height = 1 + random.nextInt(60);
        RgbImage image = noise(random, width, height);
        int newWidth = random.nextInt(5) == 0 ? width : 1 + random.nextInt(90);
        int newHeight = random.nextInt(5) == 0 ? height : 1 + random.nextInt(90);
        int left = random.nextInt(newWidth);
        int top = random.nextInt(newHeight);
        int columns = 1 + random.nextInt(newWidth - left);
        int rows = 1 + random.nextInt(newHeight - top);

        RgbImage part =
                resizer.resize(
                        image,
                        new BicubicResizer.Target(newWidth, newHeight, left, top, columns, rows));

        byte[] whole = plainly(image, newWidth, newHeight);
        for (int y = 0; y < rows; y++) {
            for (int x = 0; x < 3 * columns; x++) {
                assertThat(part.rgb()[3 * columns * y + x])
                        .isEqualTo(whole[3 * ((top + y) * newWidth + left) + x]);
            }
        }
    }

    @Test
    void keepsAPictureOfTheWantedSize() {
        RgbImage image = noise(new Random(1), 9, 5);

        assertThat(resizer.resize(image, new BicubicResizer.Target(9, 5, 0, 0, 9, 5)))
                .isEqualTo(image);
    }

    @Test
    void plainColorsStayPlain() {
        byte[] white = new byte[3 * 31 * 17];
        java.util.Arrays.fill(white, (byte) 255);

        RgbImage resized =
                resizer.resize(
                        RgbImage.of(31, 17, white),
                        new BicubicResizer.Target(224, 123, 0, 0, 224, 123));

        assertThat(resized.rgb()).containsOnly(255);
    }

    private static RgbImage noise(Random random, int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        random.nextBytes(rgb);
        return RgbImage.of(width, height, rgb);
    }

    /** Whole lines in double weights, fixed point sums; across, rounded, then down. */
    private static byte[] plainly(RgbImage image, int width, int height) {
        byte[] across = image.rgb();
        if (width != image.width()) {
            across = new byte[3 * width * image.height()];
            for (int line = 0; line < image.height(); line++) {
                for (int c = 0; c < 3; c++) {
                    int from = 3 * line * image.width() + c;
                    line(
                            image.rgb(),
                            from,
                            3,
                            image.width(),
                            across,
                            3 * line * width + c,
                            3,
                            width);
                }
            }
        }
        if (height == image.height()) {
            return across;
        }
        byte[] down = new byte[3 * width * height];
        for (int column = 0; column < 3 * width; column++) {
            line(across, column, 3 * width, image.height(), down, column, 3 * width, height);
        }
        return down;
    }

    private static void line(
            byte[] from,
            int start,
            int step,
            int size,
            byte[] to,
            int place,
            int next,
            int target) {
        double scale = (double) size / target;
        double wide = Math.max(1, scale);
        for (int i = 0; i < target; i++) {
            double center = (i + 0.5) * scale;
            int first = (int) Math.max(0, center - 2 * wide + 0.5);
            int end = (int) Math.min(size, center + 2 * wide + 0.5);
            double total = 0;
            for (int j = first; j < end; j++) {
                total += cubic((j - center + 0.5) * (1 / wide));
            }
            long sum = 1 << 21;
            for (int j = first; j < end; j++) {
                double weight = cubic((j - center + 0.5) * (1 / wide)) / total;
                sum +=
                        Math.round(Math.abs(weight) * (1 << 22))
                                * (long) Math.signum(weight)
                                * (from[start + j * step] & 0xFF);
            }
            to[place + i * next] = (byte) Math.max(0, Math.min(255, sum >> 22));
        }
    }

    private static double cubic(double x) {
        double d = Math.abs(x);
        if (d < 1) {
            return (1.5 * d - 2.5) * d * d + 1;
        }
        return d < 2 ? (((d - 5) * d + 8) * d - 4) * -0.5 : 0;
    }
}
