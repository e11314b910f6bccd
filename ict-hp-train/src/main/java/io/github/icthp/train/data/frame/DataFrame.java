package io.github.icthp.train.data.frame;

import io.github.icthp.weights.pickle.PickleFormatException;
import io.github.icthp.weights.pickle.Unpickler;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;

/**
 * A pandas DataFrame read from a pickle: named columns, without the index.
 *
 * <p>Understands what pandas 1.3 to 3.0 with numpy 1 or 2 write in pickle protocols 2 to 5: columns
 * of numbers, truth values, objects, and strings (numpy or Arrow). Columns of other types and the
 * rows' index are passed over, whatever they hold, unless they are asked for.
 */
public final class DataFrame {

    private final List<String> names;
    private final List<FrameColumn> columns;
    private final int rows;

    DataFrame(List<String> names, List<FrameColumn> columns, int rows) {
        this.names = List.copyOf(names);
        this.columns = List.copyOf(columns);
        this.rows = rows;
    }

    /**
     * Reads a frame. The whole file is read, and nothing in it is executed.
     *
     * @param file written by {@code DataFrame.to_pickle} without compression
     * @return the frame
     * @throws PickleFormatException if it is no pickle, no frame, or uses a name that no frame has
     *     a use for
     * @throws IOException if the file cannot be read
     */
    public static DataFrame read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() > Integer.MAX_VALUE) {
                throw new PickleFormatException(
                        String.format(
                                Locale.ROOT,
                                "a frame of %d bytes, at most 2 GiB are read; save it as parquet instead",
                                channel.size()));
            }
            return read(channel.map(MapMode.READ_ONLY, 0, channel.size()));
        }
    }

    private static DataFrame read(ByteBuffer pickle) {
        Object value = new Unpickler(FrameNames.ALLOWED).load(pickle);
        if (!(value instanceof PickledFrame frame)) {
            throw new PickleFormatException(
                    String.format(
                            Locale.ROOT,
                            "the pickle holds a %s, expected a pandas DataFrame",
                            value.getClass().getSimpleName()));
        }
        return frame.toFrame();
    }

    /**
     * Returns the columns' names in order; a name may occur more than once.
     *
     * @return one name per column
     */
    public List<String> names() {
        return names;
    }

    /**
     * Returns the number of rows.
     *
     * @return at least 0
     */
    public int rows() {
        return rows;
    }

    /**
     * Returns the first column of a name.
     *
     * @param name one of {@link #names}
     * @return the column
     * @throws IllegalArgumentException if there is none
     * @throws PickleFormatException if its type cannot be read; the message names both
     */
    public FrameColumn column(String name) {
        int index = names.indexOf(name);
        if (index < 0) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "DataFrame: no column '%s' among %s", name, names));
        }
        if (columns.get(index) instanceof UnreadableColumn column) {
            throw column.failure();
        }
        return columns.get(index);
    }
}
