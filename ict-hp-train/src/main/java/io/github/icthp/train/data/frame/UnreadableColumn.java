package io.github.icthp.train.data.frame;

import io.github.icthp.weights.pickle.PickleFormatException;

import java.util.Locale;

/**
 * A column of a type that cannot be read here: as long as nobody asks for it, it does no harm.
 *
 * @param name the column's name
 * @param type what pandas calls the type
 */
record UnreadableColumn(String name, String type) implements FrameColumn {

    @Override
    public Object get(int row) {
        throw failure();
    }

    PickleFormatException failure() {
        return new PickleFormatException(
                String.format(
                                Locale.ROOT,
                                "column '%s' has the type %s, which cannot be read here; convert it with astype(object)",
                                name,
                                type)
                        + " or astype(float)");
    }
}
