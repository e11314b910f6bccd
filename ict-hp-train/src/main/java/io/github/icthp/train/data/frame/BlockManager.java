package io.github.icthp.train.data.frame;

import io.github.icthp.weights.pickle.Arguments;
import io.github.icthp.weights.pickle.PickleFormatException;
import io.github.icthp.weights.pickle.Tuple;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a pandas frame keeps its columns in.
 *
 * @param blocks the columns by type
 * @param axes names of the columns, then of the rows
 */
record BlockManager(List<?> blocks, List<?> axes) {

    BlockManager(Arguments arguments) {
        this(arguments.get(0, Tuple.class).items(), arguments.get(1, List.class));
    }

    DataFrame toFrame() {
        List<String> names = names();
        List<FrameColumn> columns =
                new ArrayList<>(Collections.nCopies(names.size(), BlockManager::missing));
        int rows = BlockValues.UNKNOWN;
        for (int i = 0; i < blocks.size(); i++) {
            int found = place(block(i), names, columns);
            if (found != BlockValues.UNKNOWN && rows != BlockValues.UNKNOWN && found != rows) {
                throw new PickleFormatException(
                        String.format(Locale.ROOT, "columns of %d and of %d rows", rows, found));
            }
            rows = found == BlockValues.UNKNOWN ? rows : found;
        }
        return new DataFrame(names, columns, Math.max(0, rows));
    }

    /** Puts a block's columns where they belong; returns how many rows they have. */
    private static int place(Block block, List<String> names, List<FrameColumn> columns) {
        Block.Columns found = block.columns();
        BlockValues values = found.values();
        Optional<String> unreadable = values.unreadable();
        for (int i = 0; i < values.columns(); i++) {
            int column = i;
            int place = found.place().applyAsInt(i);
            if (place < 0 || place >= columns.size()) {
                throw new PickleFormatException(
                        String.format(
                                Locale.ROOT,
                                "a column's place is %d, in a frame of %d columns",
                                place,
                                columns.size()));
            }
            columns.set(
                    place,
                    unreadable.isPresent()
                            ? new UnreadableColumn(names.get(place), unreadable.get())
                            : row -> values.get(column, row));
        }
        return values.rows();
    }

    /** A block may lie about its places, so a column may stay without values. */
    private static Object missing(int row) {
        throw new PickleFormatException("a column of the frame has no values");
    }

    private List<String> names() {
        if (axes.size() != 2) {
            throw new PickleFormatException("a frame with two axes expected");
        }
        Optional<Index> named =
                Optional.of(axes.get(0)).filter(Index.class::isInstance).map(Index.class::cast);
        if (named.flatMap(Index::labels).isPresent()) {
            return named.get().names();
        }
        if (blocks.isEmpty()) {
            return List.of();
        }
        throw new PickleFormatException(
                "the frame's columns have no names that are text: they are a range, of several"
                        + " levels, or of another type");
    }

    private Block block(int index) {
        if (blocks.get(index) instanceof Block block) {
            return block;
        }
        throw new PickleFormatException("a frame must consist of blocks");
    }
}
