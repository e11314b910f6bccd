package io.github.icthp.train.data.frame;

import io.github.icthp.weights.pickle.Buildable;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A pandas {@code ArrowStringArray} or {@code ArrowExtensionArray}: texts in one or more Arrow
 * arrays; arrays of other types are not read.
 */
final class ArrowStrings implements Buildable, BlockValues {

    /** Where pandas keeps the Arrow array, newest first. */
    private static final List<String> FIELDS = List.of("_pa_array", "_data");

    private List<ArrowChunk> chunks = List.of();
    private boolean readable = true;

    @Override
    public void setState(Object state) {
        if (state instanceof Map<?, ?> fields) {
            for (String field : FIELDS) {
                if (fields.get(field) instanceof ArrowChunk chunk) {
                    chunks = List.of(chunk);
                    return;
                }
                if (fields.get(field) instanceof List<?> list) {
                    take(list);
                    return;
                }
            }
        }
        readable = false;
    }

    private void take(List<?> list) {
        readable = list.stream().allMatch(ArrowChunk.class::isInstance);
        if (readable) {
            chunks = list.stream().map(ArrowChunk.class::cast).toList();
        }
    }

    @Override
    public Optional<String> unreadable() {
        return readable ? Optional.empty() : Optional.of("pyarrow, but not string");
    }

    @Override
    public int columns() {
        return 1;
    }

    @Override
    public int rows() {
        return readable
                ? chunks.stream().mapToInt(ArrowChunk::size).reduce(0, Math::addExact)
                : UNKNOWN;
    }

    @Override
    public @Nullable Object get(int column, int row) {
        int index = row;
        for (ArrowChunk chunk : chunks) {
            if (index < chunk.size()) {
                return chunk.get(index);
            }
            index -= chunk.size();
        }
        throw new IndexOutOfBoundsException("row " + row + " of " + rows());
    }
}
