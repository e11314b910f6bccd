package io.github.icthp.examples.world;

import com.google.common.base.Preconditions;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.function.Function;

/**
 * What can be measured in a picture without any learned model: its strongly colored things, with
 * color, shape and place. It works on drawn pictures and on generated ones.
 *
 * @param things what was found, from the top left
 */
public record Truths(List<FoundThing> things) {

    /** Places nearer to the middle than this are neither left nor right. */
    private static final double OFF_CENTER = 0.10;

    private static final double SMALL_EXTENT = 0.40;
    private static final double LARGE_EXTENT = 0.62;

    /**
     * Makes truths.
     *
     * @param things what was found
     */
    public Truths {
        things = List.copyOf(things);
    }

    /**
     * Measures a picture.
     *
     * @param picture a square picture
     * @return what is in it
     * @throws IllegalArgumentException if it is not square
     */
    public static Truths of(BufferedImage picture) {
        int side = picture.getWidth();
        Preconditions.checkArgument(
                side == picture.getHeight(),
                "Truths: expected a square picture, got %s x %s",
                side,
                picture.getHeight());
        Rgb[] pixels = new Rgb[side * side];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = Rgb.ofPacked(picture.getRGB(i % side, i / side));
        }
        return new Truths(Patch.of(pixels, side).stream().map(Patch::thing).toList());
    }

    /**
     * Compares the picture with what a prompt says.
     *
     * @param content what the prompt says
     * @return which of its claims are true
     */
    public TruthCheck check(SceneContent content) {
        int expected = content.things().stream().mapToInt(Things::count).sum();
        boolean bound =
                content.things().stream()
                        .allMatch(
                                kind ->
                                        things.stream().filter(found -> is(found, kind)).count()
                                                == kind.count());
        return new TruthCheck(
                named(content, Things::color, FoundThing::color),
                named(content, Things::figure, FoundThing::figure),
                things.size() == expected,
                bound && things.size() == expected,
                arranged(content));
    }

    private static boolean is(FoundThing found, Things kind) {
        return found.color() == kind.color() && found.figure() == kind.figure();
    }

    /** Whether everything found has a quality that is named, and every named one is found. */
    private <Q> boolean named(
            SceneContent content, Function<Things, Q> said, Function<FoundThing, Q> seen) {
        List<Q> names = content.things().stream().map(said).toList();
        List<Q> found = things.stream().map(seen).toList();
        return !found.isEmpty() && names.containsAll(found) && found.containsAll(names);
    }

    private boolean arranged(SceneContent content) {
        if (things.isEmpty()) {
            return false;
        }
        if (content.things().size() == 2) {
            return related(content);
        }
        Things kind = content.things().get(0);
        FoundThing found = things.get(0);
        Place place = kind.place();
        boolean placed =
                place == Place.ANY
                        || (found.x() - 0.5) * place.x() + (found.y() - 0.5) * place.y()
                                > OFF_CENTER;
        boolean sized =
                switch (kind.size()) {
                    case ANY -> true;
                    case SMALL -> found.extent() < SMALL_EXTENT;
                    case LARGE -> found.extent() > LARGE_EXTENT;
                };
        return placed && sized;
    }

    private boolean related(SceneContent content) {
        Things first = content.things().get(0);
        Things second = content.things().get(1);
        return things.stream()
                .filter(found -> is(found, first))
                .anyMatch(
                        a ->
                                things.stream()
                                        .filter(found -> is(found, second))
                                        .anyMatch(b -> stand(content.relation(), a, b)));
    }

    private static boolean stand(Relation relation, FoundThing a, FoundThing b) {
        return switch (relation) {
            case AND -> true;
            case LEFT_OF -> a.x() < b.x() - OFF_CENTER;
            case ABOVE -> a.y() < b.y() - OFF_CENTER;
        };
    }
}
