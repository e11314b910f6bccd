package io.github.icthp.weights;

import java.io.IOException;
import java.nio.channels.Channel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Some tensors of a file under names and shapes of their own. */
public final class SelectedWeights {

    private SelectedWeights() {}

    /**
     * Shows some of a file's tensors, without copying.
     *
     * @param weights open weights, closed with what is returned
     * @param choose tells from a tensor what it is called and how it is shaped in the view, with as
     *     many elements; empty if it is left out
     * @return the view
     * @throws WeightsFormatException if two tensors get the same name, or one another size
     */
    public static Weights of(Weights weights, Function<TensorInfo, Optional<TensorInfo>> choose) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (String name : weights.names()) {
            TensorInfo stored = weights.info(name);
            choose.apply(stored)
                    .ifPresent(
                            info -> {
                                StoredTensor tensor =
                                        new StoredTensor.Contiguous(
                                                info, new WeightsSource(weights, name), 0);
                                if (info.bytes() != stored.bytes()
                                        || tensors.put(info.name(), tensor) != null) {
                                    throw new WeightsFormatException(
                                            weights.source()
                                                    + ": "
                                                    + stored
                                                    + " cannot stand for "
                                                    + info);
                                }
                            });
        }
        return new StoredWeights(new Owner(weights), weights.source(), tensors, weights.metadata());
    }

    /** Closes the original weights with the view; they refuse by themselves once closed. */
    private record Owner(Weights weights) implements Channel {

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() throws IOException {
            weights.close();
        }
    }
}
