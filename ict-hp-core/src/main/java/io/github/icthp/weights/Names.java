package io.github.icthp.weights;

import java.util.List;

/** Messages about names that are not there. */
final class Names {

    private static final int SHOWN = 5;

    private Names() {}

    /** Returns the exception for a name that the weights lack, with some that they have. */
    static IllegalArgumentException unknown(Weights weights, String name) {
        List<String> some = weights.names().stream().limit(SHOWN).toList();
        return new IllegalArgumentException(
                weights.source()
                        + ": no tensor named '"
                        + name
                        + "' among "
                        + weights.names().size()
                        + ", which begin with "
                        + some);
    }
}
