package io.github.icthp.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.NativeMemory;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Parameters.Memory;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/** Fetches parameters by their whole names and keeps account of what did not fit. */
abstract class ParameterSource {

    private final NDManager owner;
    private final String description;
    private final Map<String, NDArray> fetched = new LinkedHashMap<>();
    private final List<String> missing = new ArrayList<>();
    private final List<String> misshapen = new ArrayList<>();
    private final List<String> ignored = new ArrayList<>();

    ParameterSource(NDManager owner, String description) {
        this.owner = owner;
        this.description = description;
    }

    abstract Set<String> names();

    abstract Shape shape(String key);

    /** Returns the values of a key that is there and has the right shape. */
    abstract NDArray read(String key);

    /** Whether a key's values lie in the file's map, or would if they were read. */
    abstract boolean isMapped(String key);

    /** Lets go of the resident pages of keys whose values lie in the file's map. */
    abstract void releasePages(Collection<String> keys);

    final NDManager owner() {
        return owner;
    }

    final boolean has(String key) {
        return names().contains(key);
    }

    final void ignore(String keyPrefix) {
        ignored.add(keyPrefix);
    }

    final NDArray fetch(String key, Shape expected) {
        NDArray before = fetched.get(key);
        if (before != null) {
            return before;
        }
        NDArray tensor =
                Autograd.in(
                        Autograd.Mode.NO_GRADIENT,
                        () -> {
                            try (TensorScope scope = TensorScope.open(owner.getDevice())) {
                                return scope.keep(readOrReport(key, expected), owner);
                            }
                        });
        fetched.put(key, tensor);
        return tensor;
    }

    private NDArray readOrReport(String key, Shape expected) {
        if (!has(key)) {
            missing.add(key);
        } else if (!shape(key).equals(expected)) {
            misshapen.add(key + " expected " + expected + " got " + shape(key));
        } else {
            return read(key);
        }
        return Tensors.placeholder(DType.FLOAT32, expected);
    }

    final Map<String, NDArray> finish() {
        List<String> unexpected =
                names().stream()
                        .filter(key -> !fetched.containsKey(key))
                        .filter(key -> ignored.stream().noneMatch(key::startsWith))
                        .toList();
        if (!missing.isEmpty() || !unexpected.isEmpty() || !misshapen.isEmpty()) {
            throw new WeightsMismatchException(description, missing, unexpected, misshapen);
        }
        return Collections.unmodifiableMap(fetched);
    }

    /** Parameters in a file. */
    static final class Stored extends ParameterSource {

        private final Weights weights;
        private final Function<String, DType> types;
        private final Function<String, Memory> memory;
        private final Map<String, ByteBuffer> mapped = new HashMap<>();

        Stored(
                Weights weights,
                NDManager owner,
                Function<String, DType> types,
                Function<String, Memory> memory) {
            super(owner, weights.source());
            Quantization.refuse(weights);
            this.weights = weights;
            this.types = types;
            this.memory = memory;
            // Tensors over a map do not keep it alive: the owner does, until it closes.
            owner.attachInternal(UUID.randomUUID().toString(), mapped::clear);
        }

        @Override
        Set<String> names() {
            return weights.names();
        }

        @Override
        Shape shape(String key) {
            return weights.info(key).shape();
        }

        @Override
        NDArray read(String key) {
            TensorInfo info = weights.info(key);
            if (isMapped(key)) {
                DType stored = TensorReader.dtype(info);
                ByteBuffer bytes = weights.data(key);
                if (bytes.alignmentOffset(0, stored.bytes()) == 0) {
                    mapped.put(key, bytes);
                    return Tensors.wrap(bytes, stored, info.shape());
                }
            }
            return TensorReader.read(weights, info, wanted(key));
        }

        private DType wanted(String key) {
            DType stored = TensorReader.dtype(weights.info(key));
            return stored.isFloating() ? types.apply(key) : stored;
        }

        @Override
        boolean isMapped(String key) {
            return memory.apply(key) == Memory.MAPPED
                    && owner().getDevice().equals(ai.djl.Device.cpu())
                    && TensorReader.dtype(weights.info(key)) == wanted(key);
        }

        @Override
        void releasePages(Collection<String> keys) {
            for (String key : keys) {
                ByteBuffer bytes = mapped.get(key);
                // What the file does not have aligned was copied, and may be written.
                if (bytes != null && bytes.isReadOnly()) {
                    NativeMemory.releaseMap(bytes);
                }
            }
        }
    }

    /** Names and shapes alone. */
    static final class Declared extends ParameterSource {

        private final Map<String, Shape> shapes;

        Declared(Map<String, Shape> shapes, String description, NDManager owner) {
            super(owner, description);
            this.shapes = shapes;
        }

        @Override
        Set<String> names() {
            return shapes.keySet();
        }

        @Override
        Shape shape(String key) {
            return shapes.get(key);
        }

        @Override
        NDArray read(String key) {
            return Tensors.placeholder(DType.FLOAT32, shapes.get(key));
        }

        @Override
        boolean isMapped(String key) {
            return false;
        }

        @Override
        void releasePages(Collection<String> keys) {}
    }
}
