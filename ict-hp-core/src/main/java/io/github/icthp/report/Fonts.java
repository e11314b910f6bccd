package io.github.icthp.report;

import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;

/**
 * Whether Java can write into pictures. It needs fontconfig and a font, which many servers and
 * container images lack: a run must not end for want of a chart.
 */
public final class Fonts {

    private static final boolean USABLE = tried();

    private Fonts() {}

    /**
     * Says whether text can be drawn; if not, a line on standard error said so once.
     *
     * @return false if Java finds no fonts
     */
    public static boolean usable() {
        return USABLE;
    }

    private static boolean tried() {
        Graphics2D g = new BufferedImage(9, 9, BufferedImage.TYPE_INT_RGB).createGraphics();
        try {
            g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 9));
            g.drawString("a", 0, 9);
            return true;
        } catch (InternalError | LinkageError | RuntimeException e) {
            Warnings.STANDARD_ERROR.accept(
                    "Java finds no fonts ("
                            + e
                            + "): charts and captions are left out; install fontconfig and a font,"
                            + " such as DejaVu");
            return false;
        } finally {
            g.dispose();
        }
    }
}
