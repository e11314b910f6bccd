package io.github.icthp.examples.testing;

import io.github.icthp.ImageSource;
import io.github.icthp.PromptImage;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.Paint;
import java.awt.RadialGradientPaint;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;

/** A preference triplet drawn by code: the same prompt missed, met plainly, and met richly. */
public final class SamplePictures {

    /** What the preferred and the refined picture show. */
    public static final String PROMPT = "a red ball on a blue ground";

    private static final int SIDE = 224;

    private SamplePictures() {}

    /**
     * Returns the triplet, each picture with the prompt.
     *
     * @return rejected, preferred and refined picture
     */
    public static List<PromptImage> all() {
        return List.of(
                new PromptImage(PROMPT, ImageSource.of("rejected", rejected())),
                new PromptImage(PROMPT, ImageSource.of("preferred", preferred())),
                new PromptImage(PROMPT, ImageSource.of("refined", refined())));
    }

    private static BufferedImage rejected() {
        return draw(
                Color.LIGHT_GRAY, Color.WHITE, Color.GREEN, new Rectangle2D.Double(70, 60, 90, 90));
    }

    private static BufferedImage preferred() {
        return draw(Color.WHITE, Color.BLUE, Color.RED, new Ellipse2D.Double(62, 62, 100, 100));
    }

    private static BufferedImage refined() {
        Paint sky = new GradientPaint(0, 0, new Color(255, 214, 170), 0, 140, Color.WHITE);
        Paint sea =
                new GradientPaint(0, 140, new Color(70, 120, 220), 0, SIDE, new Color(8, 20, 90));
        float[] stops = {0, 0.5f, 1};
        Color[] reds = {new Color(255, 190, 180), Color.RED, new Color(90, 0, 0)};
        Paint ball = new RadialGradientPaint(95, 95, 80, stops, reds);
        return draw(sky, sea, ball, new Ellipse2D.Double(62, 62, 100, 100));
    }

    private static BufferedImage draw(Paint sky, Paint ground, Paint inside, Shape thing) {
        BufferedImage picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = picture.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setPaint(sky);
        g.fillRect(0, 0, SIDE, SIDE);
        g.setPaint(ground);
        g.fillRect(0, 140, SIDE, SIDE - 140);
        g.setPaint(inside);
        g.fill(thing);
        g.dispose();
        return picture;
    }
}
