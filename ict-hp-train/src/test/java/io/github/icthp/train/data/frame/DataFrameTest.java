package io.github.icthp.train.data.frame;

import static io.github.icthp.train.data.frame.PickleBytes.built;
import static io.github.icthp.train.data.frame.PickleBytes.bytes;
import static io.github.icthp.train.data.frame.PickleBytes.call;
import static io.github.icthp.train.data.frame.PickleBytes.dict;
import static io.github.icthp.train.data.frame.PickleBytes.list;
import static io.github.icthp.train.data.frame.PickleBytes.name;
import static io.github.icthp.train.data.frame.PickleBytes.no;
import static io.github.icthp.train.data.frame.PickleBytes.none;
import static io.github.icthp.train.data.frame.PickleBytes.number;
import static io.github.icthp.train.data.frame.PickleBytes.real;
import static io.github.icthp.train.data.frame.PickleBytes.text;
import static io.github.icthp.train.data.frame.PickleBytes.tuple;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.train.data.frame.PickleBytes.Value;
import io.github.icthp.weights.pickle.PickleFormatException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

class DataFrameTest {

    @TempDir private Path folder;

    @Test
    void readsNumbersOfEitherByteOrderAndObjects() throws IOException {
        byte[] big = ByteBuffer.allocate(16).putDouble(0.5).putDouble(-2).array();
        DataFrame frame =
                read(
                        frame(
                                List.of("a", "b", "c"),
                                block(array("f8", ">", bytes(big), 1, 2), 0, 1),
                                block(array("O8", "|", list(text("x"), none()), 1, 2), 1, 2),
                                block(array("i1", "|", bytes((byte) 3, (byte) -1), 1, 2), 2, 3)));
        assertThat(frame.names()).containsExactly("a", "b", "c");
        assertThat(frame.rows()).isEqualTo(2);
        assertThat(values(frame, "a")).containsExactly(0.5, -2.0);
        assertThat(values(frame, "b")).containsExactly("x", null);
        assertThat(values(frame, "c")).containsExactly(3L, -1L);
        assertThatThrownBy(() -> frame.column("d")).hasMessageContaining("'d'");
    }

    @Test
    void columnsOfABlockNeedNotStandTogether() throws IOException {
        Value places = array("i8", "<", ends(2, 0), 2);
        Value outer = array("i1", "|", bytes((byte) 5, (byte) 6), 2, 1);
        Value inner = array("i1", "|", bytes((byte) 7), 1, 1);
        DataFrame frame =
                read(frame(List.of("a", "b", "c"), block(outer, places), block(inner, 1, 2)));
        assertThat(values(frame, "a")).containsExactly(6L);
        assertThat(values(frame, "b")).containsExactly(7L);
        assertThat(values(frame, "c")).containsExactly(5L);
    }

    @Test
    void missingObjectsAreNullWhateverPandasCallsThem() throws IOException {
        Value objects =
                list(none(), real(Double.NaN), name("pandas._libs.missing", "NA"), real(0.5));
        assertThat(
                        values(
                                read(
                                        frame(
                                                List.of("a"),
                                                block(array("O8", "|", objects, 1, 4), 0, 1))),
                                "a"))
                .containsExactly(null, null, null, 0.5);
    }

    @Test
    void readsArrowTextsWithMissingOnesInSeveralChunks() throws IOException {
        // Texts "", "né", missing, "x" from offset 1 of five; then one more chunk.
        Value first = arrow(4, 1, bytes((byte) 0b10110), ends(0, 1, 1, 4, 4, 5), "#néx");
        Value second = arrow(1, 0, none(), ends(0, 2), "ok");
        Value chunked =
                call(
                        name("pyarrow.lib", "chunked_array"),
                        list(first, second),
                        text("large_string"));
        DataFrame frame = read(frame(List.of("a"), block(arrowColumn(chunked), 0, 1)));
        assertThat(values(frame, "a")).containsExactly("", "né", null, "x", "ok");
    }

    @Test
    void arrowBuffersThatDoNotFitAreRefused() {
        refuses(arrowFrame(arrow(3, 0, none(), ends(0, 1), "abc")), "buffers");
        refuses(arrowFrame(arrow(1, 0, none(), ends(0, 9), "abc")), "buffers");
        refuses(arrowFrame(arrow(2, 0, none(), ends(0, 2, 1), "abc")), "buffers");
        refuses(arrowFrame(arrow(1, 0, none(), ends(-1, 1), "abc")), "buffers");
        refuses(arrowFrame(arrow(9, 0, bytes((byte) 1), ends(new long[10]), "")), "buffers");
        refuses(arrowFrame(arrow(1, 1L << 40, none(), ends(0, 1), "abc")), "overflow");
    }

    @Test
    void arraysThatHoldLessThanTheyClaimAreRefused() {
        refuses(oneBlock(array("f8", "<", bytes(new byte[8]), 1, 2)), "holds 1");
        refuses(oneBlock(array("O8", "|", list(none()), 1, 1 << 30)), "holds 1");
        refuses(oneBlock(array("f8", "<", bytes(), 1 << 20, 1L << 31)), "axis");
        refuses(oneBlock(array("f8", "<", bytes(), -1, 2)), "axis of -1");
        refuses(oneBlock(array("f8", "<", bytes(), 1, 1, 0)), "axes");
        refuses(oneBlock(call(name("numpy.core.multiarray", "_reconstruct"))), "content");
    }

    @Test
    void blocksThatDoNotMakeAFrameAreRefused() {
        Value two = array("i1", "|", bytes(new byte[2]), 1, 2);
        refuses(frame(List.of("a"), block(two, 1, 2)), "place is 1");
        refuses(frame(List.of("a", "b"), block(two, 0, 2)), "2");
        refuses(
                frame(
                        List.of("a", "b"),
                        block(two, 0, 1),
                        block(array("i1", "|", bytes((byte) 0), 1, 1), 1, 2)),
                "2 and of 1 rows");
        // Two thousand million columns without rows take no memory.
        refuses(
                frame(
                        List.of("a"),
                        block(
                                array("i1", "|", bytes(), Integer.MAX_VALUE, 0),
                                0,
                                Integer.MAX_VALUE)),
                "place is 1");
    }

    @Test
    void valuesThatHoldThemselvesAreNeverPrintedOrWalked() throws IOException {
        Value circle = PickleBytes.selfHoldingList();
        Value values = array("O8", "|", list(circle), 1, 1);
        assertThat(values(read(frame(List.of("a"), block(values, 0, 1))), "a")).hasSize(1);
        Value columns = index("Index", dict(text("data"), array("O8", "|", list(circle), 1)));
        assertThat(read(frame(columns, block(values, 0, 1))).names()).containsExactly("#0");
        DataFrame arrow =
                read(
                        arrowFrame(
                                call(
                                        name("pyarrow.lib", "_restore_array"),
                                        tuple(circle, number(0)))));
        assertThatThrownBy(() -> arrow.column("a"))
                .isInstanceOf(PickleFormatException.class)
                .hasMessageContaining("column 'a' has the type pyarrow");
    }

    @Test
    void aColumnWithoutABlockHasNoValues() throws IOException {
        DataFrame frame =
                read(
                        frame(
                                List.of("a", "b"),
                                block(array("i1", "|", bytes((byte) 7), 1, 1), 0, 1)));
        assertThat(values(frame, "a")).containsExactly(7L);
        assertThatThrownBy(() -> frame.column("b").get(0))
                .isInstanceOf(PickleFormatException.class);
    }

    @Test
    void oldOrForeignFramesAreRefused() {
        refuses(dict(text("a"), list(number(1))), "expected a pandas DataFrame");
        refuses(name("pandas", "DataFrame"), "expected a pandas DataFrame");
        refuses(call(name("pandas", "DataFrame")), "no content");
        refuses(
                built(call(name("pandas", "DataFrame")), dict(text("_data"), none())),
                "older than 1.3");
        refuses(
                built(
                        call(name("pandas", "DataFrame")),
                        dict(text("_mgr"), PickleBytes.selfHoldingList())),
                "older");
    }

    private static Value oneBlock(Value values) {
        return frame(List.of("a"), block(values, 0, 1));
    }

    private static Value arrowFrame(Value chunk) {
        return oneBlock(arrowColumn(chunk));
    }

    private static Value frame(List<String> names, Value... blocks) {
        Value labels = list(names.stream().map(PickleBytes::text).toArray(Value[]::new));
        return frame(
                index("Index", dict(text("data"), array("O8", "|", labels, names.size()))), blocks);
    }

    private static Value frame(Value columns, Value... blocks) {
        Value manager =
                call(
                        name("pandas.core.internals.managers", "BlockManager"),
                        tuple(blocks),
                        list(columns, index("RangeIndex", dict())));
        return built(call(name("pandas", "DataFrame")), dict(text("_mgr"), manager));
    }

    private static Value index(String type, Value fields) {
        return call(name("pandas.core.indexes.base", "_new_Index"), name("pandas", type), fields);
    }

    private static Value block(Value values, int start, int stop) {
        return block(
                values, call(name("builtins", "slice"), number(start), number(stop), number(1)));
    }

    private static Value block(Value values, Value places) {
        return call(name("pandas._libs.internals", "_unpickle_block"), values, places, number(2));
    }

    private static Value array(String type, String order, Value content, long... shape) {
        Value dtype =
                built(
                        call(name("numpy", "dtype"), text(type), no(), no()),
                        tuple(number(3), text(order)));
        Value axes =
                tuple(Arrays.stream(shape).mapToObj(PickleBytes::number).toArray(Value[]::new));
        return built(
                call(name("numpy.core.multiarray", "_reconstruct")),
                tuple(number(1), axes, dtype, no(), content));
    }

    private static Value arrowColumn(Value array) {
        return built(
                call(name("pandas.arrays", "ArrowStringArray")), dict(text("_pa_array"), array));
    }

    private static Value arrow(long size, long offset, Value valid, Value ends, String content) {
        Value buffers = list(valid, ends, bytes(content.getBytes(StandardCharsets.UTF_8)));
        return call(
                name("pyarrow.lib", "_restore_array"),
                tuple(
                        text("large_string"),
                        number(size),
                        number(0),
                        number(offset),
                        buffers,
                        list(),
                        none()));
    }

    private static Value ends(long... places) {
        ByteBuffer bytes =
                ByteBuffer.allocate(places.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(places).forEach(bytes::putLong);
        return bytes(bytes.array());
    }

    private DataFrame read(Value pickle) throws IOException {
        return DataFrame.read(Files.write(folder.resolve("frame.pkl"), PickleBytes.pickle(pickle)));
    }

    private void refuses(Value pickle, String reason) {
        assertThatThrownBy(() -> read(pickle))
                .isInstanceOf(PickleFormatException.class)
                .hasMessageContaining(reason);
    }

    private static List<Object> values(DataFrame frame, String name) {
        List<Object> values = new ArrayList<>();
        IntStream.range(0, frame.rows()).forEach(row -> values.add(frame.column(name).get(row)));
        return values;
    }
}
