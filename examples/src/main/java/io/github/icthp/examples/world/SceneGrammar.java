package io.github.icthp.examples.world;

import java.util.List;
import java.util.SplittableRandom;

/** Draws what scenes contain. */
final class SceneGrammar {

    private final SplittableRandom random;

    SceneGrammar(SplittableRandom random) {
        this.random = random;
    }

    /** A content: a single thing, several of a kind, or two things. */
    SceneContent content() {
        return switch (random.nextInt(3)) {
            case 0 -> SceneContent.of(single());
            case 1 ->
                    SceneContent.of(
                            Things.of(random.nextInt(2, Things.MOST + 1), color(), figure()));
            default -> pair();
        };
    }

    private Things single() {
        Things plain = Things.of(1, color(), figure());
        return switch (random.nextInt(4)) {
            case 0 -> plain.withSize(random.nextBoolean() ? Size.SMALL : Size.LARGE);
            case 1 -> plain.withPlace(place());
            default -> plain;
        };
    }

    private SceneContent pair() {
        Things first = Things.of(1, color(), figure());
        Things second =
                Things.of(
                        1,
                        otherThan(first.color(), Color.values()),
                        otherThan(first.figure(), Figure.values()));
        return new SceneContent(List.of(first, second), pick(Relation.values()));
    }

    Color color() {
        return pick(Color.values());
    }

    Figure figure() {
        return pick(Figure.values());
    }

    private Place place() {
        return pick(new Place[] {Place.LEFT, Place.RIGHT, Place.TOP, Place.BOTTOM});
    }

    <T> T pick(T[] values) {
        return values[random.nextInt(values.length)];
    }

    /** A value that is not the given one. */
    <T> T otherThan(T given, T[] values) {
        T other = pick(values);
        while (other == given) {
            other = pick(values);
        }
        return other;
    }
}
