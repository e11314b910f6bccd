package io.github.icthp.train.data.frame;

import io.github.icthp.weights.pickle.Arguments;
import io.github.icthp.weights.pickle.PickleFormatException;
import io.github.icthp.weights.pickle.Tuple;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

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
        int rows = blocks.isEmpty() ? 0 : block(0).values().rows();
        for (int i = 0; i < blocks.size(); i++) {
            if (block(i).values().rows() != rows) {
                throw new PickleFormatException(
                        String.format(
                                Locale.ROOT,
                                "columns of %d and of %d rows",
                                rows,
                                block(i).values().rows()));
            }
            place(block(i), columns);
        }
        return new DataFrame(names, columns, rows);
    }

    private static void place(Block block, List<FrameColumn> columns) {
        BlockValues values = block.values();
        for (int i = 0; i < values.columns(); i++) {
            int column = i;
            int place = block.place().applyAsInt(i);
            if (place < 0 || place >= columns.size()) {
                throw new PickleFormatException(
                        String.format(
                                Locale.ROOT,
                                "a column's place is %d, in a frame of %d columns",
                                place,
                                columns.size()));
            }
            columns.set(place, row -> values.get(column, row));
        }
    }

    /** A block may lie about its places, so a column may stay without values. */
    private static Object missing(int row) {
        throw new PickleFormatException("a column of the frame has no values");
    }

    private List<String> names() {
        if (axes.size() == 2 && axes.get(0) instanceof Index index) {
            return index.labels().isEmpty() ? List.of() : index.names();
        }
        throw new PickleFormatException("a frame with two axes expected");
    }

    private Block block(int index) {
        if (blocks.get(index) instanceof Block block) {
            return block;
        }
        throw new PickleFormatException("a frame must consist of blocks");
    }
}
