package io.github.icthp.examples.world;

import io.github.icthp.ImageSource;
import io.github.icthp.train.data.PreferenceTriplet;
import io.github.icthp.train.data.TripletImages;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A scene of the drawn world: what its easy prompt says, what its refined prompt adds, and three
 * pictures that are drawn anew, pixel for pixel the same, whenever they are asked for.
 *
 * @param row its number in its part of the world
 * @param content what the easy prompt says
 * @param style what the refined prompt adds
 * @param side the pictures' side in pixels
 * @param missing the share of scenes whose preferred picture misses a detail
 * @param seed what the drawings depend on
 */
public record Scene(
        long row, SceneContent content, SceneStyle style, int side, double missing, long seed) {

    /** Of twenty rejected pictures so many violate the prompt; the others are botched. */
    private static final int VIOLATIONS = 12;

    private static final int REJECTED = 20;

    /**
     * Returns P_e, which says what the scene contains.
     *
     * @return for example {@code a red star left of a blue square}
     */
    public String easyPrompt() {
        return content.prompt();
    }

    /**
     * Returns P_r, which says how the scene looks as well.
     *
     * @return the easy prompt with the style
     */
    public String refinedPrompt() {
        return content.prompt() + " " + style.phrase();
    }

    /**
     * Says whether the preferred picture misses a detail of the prompt.
     *
     * @return true if it is the better one of two, but not right
     */
    public boolean misses() {
        return random(5).nextDouble() < missing;
    }

    /**
     * Says whether the rejected picture shows something else than the preferred one; else it shows
     * the same things badly.
     *
     * @return true if it violates the prompt
     */
    public boolean violates() {
        return random(0).nextInt(REJECTED) < VIOLATIONS;
    }

    /**
     * Returns what the preferred picture shows.
     *
     * @return the scene's own content, or one with another detail if it misses one
     */
    public SceneContent preferredContent() {
        return misses() ? Violation.of(content, random(6)) : content;
    }

    /**
     * Returns what the rejected picture shows.
     *
     * @return the preferred picture's content with another detail wrong if the prompt is violated,
     *     else the preferred picture's
     */
    public SceneContent rejectedContent() {
        SceneContent better = preferredContent();
        if (!violates()) {
            return better;
        }
        SplittableRandom random = random(1);
        SceneContent worse = Violation.of(better, random);
        while (worse.equals(content)) {
            worse = Violation.of(better, random);
        }
        return worse;
    }

    /**
     * Draws I1: plain, and wrong or botched.
     *
     * @return the picture
     */
    public BufferedImage rejected() {
        SplittableRandom random = random(2);
        List<PlacedThing> things = new Layout(random).place(rejectedContent());
        if (violates()) {
            return PlainPainter.paint(things, side, random).toImage();
        }
        Corruption botch = new SceneGrammar(random).pick(Corruption.values());
        return botch.paint(things, side, random).toImage();
    }

    /**
     * Draws I2: plain, flat things on a flat ground, and right unless it {@linkplain #misses misses
     * a detail}.
     *
     * @return the picture
     */
    public BufferedImage preferred() {
        SplittableRandom random = random(3);
        List<PlacedThing> things = new Layout(random).place(preferredContent());
        return PlainPainter.paint(things, side, random).toImage();
    }

    /**
     * Draws I3: right and rich, as the refined prompt says.
     *
     * @return the picture
     */
    public BufferedImage refined() {
        SplittableRandom random = random(4);
        List<PlacedThing> things = new Layout(random).place(content);
        return RichPainter.paint(things, style, side, random.nextLong()).toImage();
    }

    /**
     * Returns the scene as a row of preference data, without targets. Pictures are drawn when they
     * are read.
     *
     * @return the triplet
     */
    public PreferenceTriplet triplet() {
        return new PreferenceTriplet(
                row,
                easyPrompt(),
                refinedPrompt(),
                new TripletImages(
                        new ImageSource.Drawn("I1 of drawn scene " + row, this::rejected),
                        new ImageSource.Drawn("I2 of drawn scene " + row, this::preferred),
                        new ImageSource.Drawn("I3 of drawn scene " + row, this::refined)));
    }

    /** Random numbers for one purpose, the same at every call. */
    private SplittableRandom random(int purpose) {
        return new SplittableRandom(seed + purpose * 0x9E3779B97F4A7C15L);
    }
}
