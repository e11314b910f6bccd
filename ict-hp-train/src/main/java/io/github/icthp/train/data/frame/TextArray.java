package io.github.icthp.train.data.frame;

import io.github.icthp.weights.pickle.Buildable;
import io.github.icthp.weights.pickle.PickleFormatException;
import io.github.icthp.weights.pickle.Tuple;

import org.jspecify.annotations.Nullable;

/** A pandas {@code StringArray}: texts in a numpy array of objects. */
final class TextArray implements Buildable, BlockValues {

    private NdArray values = new NdArray();

    /** Takes a tuple that holds the array, beside its type and attributes. */
    @Override
    public void setState(Object state) {
        if (state instanceof Tuple parts) {
            for (Object part : parts.items()) {
                if (part instanceof NdArray array) {
                    values = array;
                    return;
                }
            }
        }
        throw new PickleFormatException("a string array's state must hold an array");
    }

    @Override
    public int columns() {
        return values.columns();
    }

    @Override
    public int rows() {
        return values.rows();
    }

    @Override
    public @Nullable Object get(int column, int row) {
        return values.get(column, row);
    }
}
