package io.github.icthp.weights;

import io.github.icthp.weights.pickle.Tuple;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns a checkpoint's object into named tensors, each checked against the bytes that are there.
 *
 * <p>The object is a dictionary of tensors, or a dictionary with such a one under {@code
 * state_dict} or {@code model}, beside which anything may stand; or a list of tensors, which are
 * then named by their numbers from 0.
 */
final class TorchState {

    private static final String NESTED = "state_dict";
    private static final int MAX_RANK = 64;

    /** A stride of 0 repeats values: how large a tensor may become that has fewer in the file. */
    private static final long MAX_EXPANDED = 1L << 26;

    private TorchState() {}

    static Map<String, StoredTensor> tensors(TorchContent content) throws IOException {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : state(content.root()).entrySet()) {
            if (!(entry.getKey() instanceof String name)
                    || !(entry.getValue() instanceof TorchTensor tensor)) {
                throw new DamagedDataException(
                        "a dictionary of names and tensors expected, perhaps under '"
                                + NESTED
                                + "'; entry '"
                                + entry.getKey()
                                + "' is a "
                                + entry.getValue().getClass().getSimpleName());
            }
            tensors.put(name, stored(name, tensor, content));
        }
        return tensors;
    }

    private static Map<?, ?> state(Object root) throws DamagedDataException {
        if (root instanceof List<?> list) {
            Map<String, Object> numbered = new LinkedHashMap<>();
            list.forEach(element -> numbered.put(String.valueOf(numbered.size()), element));
            return numbered;
        }
        if (!(root instanceof Map<?, ?> map)) {
            throw new DamagedDataException(
                    "a dictionary expected, found a " + root.getClass().getSimpleName());
        }
        if (map.get(NESTED) instanceof Map<?, ?> nested) {
            return nested;
        }
        return map.get("model") instanceof Map<?, ?> nested ? nested : map;
    }

    private static StoredTensor stored(String name, TorchTensor tensor, TorchContent content)
            throws IOException {
        TorchStorage storage = tensor.storage();
        ByteSource bytes = content.storages().find(storage.key());
        try {
            TensorInfo info = info(name, tensor);
            long[] strides = strides(tensor, info);
            long first = Math.addExact(checkStorage(storage, bytes), checkOffset(tensor, info));
            boolean plain =
                    isContiguous(info, strides)
                            && (content.order() == ByteOrder.LITTLE_ENDIAN
                                    || info.type().bits() == Byte.SIZE);
            return plain
                    ? new StoredTensor.Contiguous(info, bytes, first)
                    : new StridedTensor(info, bytes, first, strides, content.order());
        } catch (ArithmeticException | IllegalArgumentException e) {
            throw new DamagedDataException("tensor '" + name + "': " + e.getMessage(), e);
        }
    }

    private static TensorInfo info(String name, TorchTensor tensor) {
        require(tensor.size().size() <= MAX_RANK, "more than " + MAX_RANK + " dimensions");
        return TensorInfo.of(name, tensor.type(), tensor.size().toLongs());
    }

    private static long[] strides(TorchTensor tensor, TensorInfo info) {
        Tuple stride = tensor.stride();
        require(
                stride.size() == tensor.size().size(),
                "the shape " + info.shape() + " needs as many strides, there are " + stride.size());
        long[] strides = stride.toLongs();
        for (long step : strides) {
            require(step >= 0, "strides must be at least 0, not " + step);
        }
        return strides;
    }

    /** Checks that the file has the storage's bytes; returns the byte at which it begins. */
    private static long checkStorage(TorchStorage storage, ByteSource bytes) {
        long start = Math.multiplyExact(storage.start(), storage.unit());
        long size = Math.multiplyExact(storage.elements(), storage.unit());
        boolean whole = start == 0 && size == bytes.size();
        boolean part = start > 0 && size >= 0 && size <= bytes.size() - start;
        require(
                whole || part,
                "storage '"
                        + storage.key()
                        + "' should have "
                        + size
                        + " bytes from "
                        + start
                        + ", the file has "
                        + bytes.size());
        return start;
    }

    /** Checks that the tensor lies in its storage; returns its first byte there. */
    private static long checkOffset(TorchTensor tensor, TensorInfo info) {
        long capacity = tensor.storage().elements() * tensor.storage().unit() / info.type().bytes();
        long needed = tensor.offset();
        if (info.elements() > 0) {
            needed = Math.addExact(needed, span(info, tensor.stride().toLongs()));
        }
        require(
                tensor.offset() >= 0 && needed <= capacity,
                info
                        + " from element "
                        + tensor.offset()
                        + " with strides "
                        + tensor.stride().items()
                        + " leaves its storage of "
                        + capacity);
        require(
                info.elements() <= capacity || info.bytes() <= MAX_EXPANDED,
                info + " repeats the " + capacity + " values there are; at most 64 MiB of such");
        return Math.multiplyExact(tensor.offset(), info.type().bytes());
    }

    /** Returns the elements from the first to the last, both included. */
    private static long span(TensorInfo info, long[] strides) {
        long span = 1;
        for (int i = 0; i < strides.length; i++) {
            span = Math.addExact(span, Math.multiplyExact(info.shape().get(i) - 1, strides[i]));
        }
        return span;
    }

    private static boolean isContiguous(TensorInfo info, long[] strides) {
        long expected = 1;
        for (int i = strides.length - 1; i >= 0; i--) {
            long size = info.shape().get(i);
            if (size != 1 && strides[i] != expected) {
                return info.elements() == 0;
            }
            expected *= size;
        }
        return true;
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
