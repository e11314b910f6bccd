package io.github.icthp.examples.world;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** All words of the drawn world's prompts. */
final class WorldLanguage {

    private WorldLanguage() {}

    /** The words, in alphabetical order. */
    static Set<String> words() {
        Stream<String> phrases =
                Stream.of(
                                counts(),
                                phrases(Color.values(), Color::word),
                                phrases(Figure.values(), figure -> figure.word(1)),
                                phrases(Figure.values(), figure -> figure.word(2)),
                                phrases(Size.values(), Size::word),
                                phrases(Place.values(), Place::phrase),
                                phrases(Relation.values(), Relation::phrase),
                                styles())
                        .flatMap(all -> all);
        return phrases.flatMap(phrase -> Arrays.stream(phrase.split("[^a-z]+")))
                .filter(word -> !word.isEmpty())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Stream<String> counts() {
        return IntStream.rangeClosed(1, Things.MOST)
                .boxed()
                .flatMap(
                        count ->
                                phrases(
                                        Color.values(),
                                        c -> Things.of(count, c, Figure.STAR).phrase()));
    }

    private static Stream<String> styles() {
        SceneStyle first = new SceneStyle(Material.CERAMIC, Backdrop.LAKE, Light.CLEAR);
        return Stream.of(
                        Stream.of(first.phrase()),
                        phrases(Material.values(), Material::phrase),
                        phrases(Backdrop.values(), Backdrop::phrase),
                        phrases(Light.values(), Light::phrase))
                .flatMap(all -> all);
    }

    private static <T> Stream<String> phrases(T[] values, Function<T, String> phrase) {
        return Arrays.stream(values).map(phrase);
    }
}
