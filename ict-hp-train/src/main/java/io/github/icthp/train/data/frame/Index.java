package io.github.icthp.train.data.frame;

import io.github.icthp.weights.pickle.Arguments;
import io.github.icthp.weights.pickle.PickleFormatException;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A pandas index: the names of the columns. The index of the rows is one too, but is not used.
 *
 * @param labels the names; empty for a range
 */
record Index(Optional<BlockValues> labels) {

    /** Stands for {@code pandas.core.indexes.base._new_Index(class, fields)}. */
    Index(Arguments arguments) {
        this(
                arguments.get(1, Map.class).get("data") instanceof BlockValues found
                        ? Optional.of(found)
                        : Optional.empty());
    }

    /** Returns the names; a name that is no text becomes its place. */
    List<String> names() {
        BlockValues found = labels.orElseThrow();
        if (found.unreadable().isPresent()) {
            throw new PickleFormatException(
                    "the columns' names are of the type " + found.unreadable().get());
        }
        return IntStream.range(0, found.rows())
                .mapToObj(i -> found.get(0, i) instanceof String name ? name : "#" + i)
                .toList();
    }
}
