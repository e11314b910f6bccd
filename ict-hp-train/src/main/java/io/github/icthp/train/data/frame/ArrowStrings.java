package io.github.icthp.train.data.frame;

import io.github.icthp.weights.pickle.Buildable;
import io.github.icthp.weights.pickle.PickleFormatException;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/** A pandas {@code ArrowStringArray}: texts in one or more Arrow arrays. */
final class ArrowStrings implements Buildable, BlockValues {

    /** Where pandas keeps the Arrow array, newest first. */
    private static final List<String> FIELDS = List.of("_pa_array", "_data");

    private List<ArrowChunk> chunks = List.of();

    @Override
    public void setState(Object state) {
        if (state instanceof Map<?, ?> fields) {
            for (String field : FIELDS) {
                if (fields.get(field) instanceof ArrowChunk chunk) {
                    chunks = List.of(chunk);
                    return;
                }
                if (fields.get(field) instanceof List<?> list) {
                    chunks = list.stream().map(ArrowChunk.class::cast).toList();
                    return;
                }
            }
        }
        throw new PickleFormatException("an Arrow string array's state must hold an Arrow array");
    }

    @Override
    public int columns() {
        return 1;
    }

    @Override
    public int rows() {
        return chunks.stream().mapToInt(ArrowChunk::size).reduce(0, Math::addExact);
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
