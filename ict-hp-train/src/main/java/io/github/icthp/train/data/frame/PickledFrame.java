package io.github.icthp.train.data.frame;

import io.github.icthp.weights.pickle.Buildable;
import io.github.icthp.weights.pickle.PickleFormatException;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/** A pandas {@code DataFrame} as its pickle makes it: empty first, then given its columns. */
final class PickledFrame implements Buildable {

    private @Nullable BlockManager manager;

    @Override
    public void setState(Object state) {
        if (state instanceof Map<?, ?> fields && fields.get("_mgr") instanceof BlockManager found) {
            manager = found;
            return;
        }
        throw new PickleFormatException(
                "a frame's state must hold its columns; frames of pandas older than 1.3 must be saved"
                        + " again with a newer one");
    }

    DataFrame toFrame() {
        if (manager == null) {
            throw new PickleFormatException("the frame has no content");
        }
        return manager.toFrame();
    }
}
