package io.github.icthp.weights;

import org.jspecify.annotations.Nullable;

/**
 * A run of elements that tensors are views of.
 *
 * @param key names the bytes in the file
 * @param type the elements' type, or null if the storage is of plain bytes
 * @param elements how many elements it has, in bytes if it has no type
 * @param start its first element within the bytes of that key
 */
record TorchStorage(String key, @Nullable ElementType type, long elements, long start) {

    /** Returns the bytes of one element. */
    int unit() {
        return type == null ? 1 : type.bytes();
    }
}
