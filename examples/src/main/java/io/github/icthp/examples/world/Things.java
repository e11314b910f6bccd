package io.github.icthp.examples.world;

import com.google.common.base.Joiner;
import com.google.common.base.Preconditions;

import java.util.List;
import java.util.stream.Stream;

/**
 * Things of one kind in a scene. Size and place are said of a single thing only.
 *
 * @param count how many, from 1 to 4
 * @param color their color
 * @param figure their shape
 * @param size the size that the prompt names
 * @param place the place that the prompt names
 */
public record Things(int count, Color color, Figure figure, Size size, Place place) {

    /** The most things of one kind. */
    public static final int MOST = 4;

    private static final List<String> COUNTS = List.of("a", "two", "three", "four");

    /**
     * Checks the things.
     *
     * @param count how many, from 1 to 4
     * @param color their color
     * @param figure their shape
     * @param size the size that the prompt names
     * @param place the place that the prompt names
     * @throws IllegalArgumentException if the count is another, or size or place are said of many
     */
    public Things {
        Preconditions.checkArgument(
                count >= 1 && count <= MOST, "Things: the count must be in 1..4, got %s", count);
        Preconditions.checkArgument(
                count == 1 || (size == Size.ANY && place == Place.ANY),
                "Things: size and place belong to a single thing, got %s of %s at %s",
                count,
                size,
                place);
    }

    /** Things of which neither size nor place is said. */
    static Things of(int count, Color color, Figure figure) {
        return new Things(count, color, figure, Size.ANY, Place.ANY);
    }

    Things withCount(int other) {
        return Things.of(other, color, figure);
    }

    Things withColor(Color other) {
        return new Things(count, other, figure, size, place);
    }

    Things withFigure(Figure other) {
        return new Things(count, color, other, size, place);
    }

    Things withSize(Size other) {
        return new Things(count, color, figure, other, place);
    }

    Things withPlace(Place other) {
        return new Things(count, color, figure, size, other);
    }

    /**
     * Returns the words for them.
     *
     * @return for example {@code a small red star} or {@code three blue rings}
     */
    public String phrase() {
        String article = count == 1 && size == Size.ANY && color == Color.ORANGE ? "an" : null;
        return Joiner.on(' ')
                .join(
                        Stream.of(
                                        article == null ? COUNTS.get(count - 1) : article,
                                        size.word(),
                                        color.word(),
                                        figure.word(count))
                                .filter(word -> !word.isEmpty())
                                .toList());
    }
}
