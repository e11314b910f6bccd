package io.github.icthp.weights.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Pickles written by Python 3.11's {@code pickle.dumps}, and byte sequences written by hand. */
class UnpicklerTest {

    private static final String PROTOCOL_2 =
            "gAJdcQAoToiJSwBL/03//0r/////Sv///39KAAAAgIoGAAAAAAABiggAAAAAAAAAgIoJAAAAAAAA"
                    + "AIAAigkAAAAAAAAAAMBHP/gAAAAAAABHf/AAAAAAAABYAAAAAHEBWCEAAABuYcOvdmUg8J+QiW5h"
                    + "w692ZSDwn5CJbmHDr3ZlIPCfkIlxAilLAYVxA0sBSwKGcQRLAUsCSwOHcQUoSwFLAksDSwR0cQZd"
                    + "cQddcQgoSwFdcQlLAmFlfXEKfXELKFgBAAAAYXEMSwFLAVgBAAAAeHENhnEOXXEPTmF1ZS4=";
    private static final String PROTOCOL_3 =
            "gANdcQAoToiJSwBL/03//0r/////Sv///39KAAAAgIoGAAAAAAABiggAAAAAAAAAgIoJAAAAAAAA"
                    + "AIAAigkAAAAAAAAAAMBHP/gAAAAAAABHf/AAAAAAAABYAAAAAHEBWCEAAABuYcOvdmUg8J+QiW5h"
                    + "w692ZSDwn5CJbmHDr3ZlIPCfkIlxAkMAcQNDAgD/cQQpSwGFcQVLAUsChnEGSwFLAksDh3EHKEsB"
                    + "SwJLA0sEdHEIXXEJXXEKKEsBXXELSwJhZX1xDH1xDShYAQAAAGFxDksBSwFYAQAAAHhxD4ZxEF1x"
                    + "EU5hdWUu";
    private static final String PROTOCOL_4 =
            "gASVygAAAAAAAABdlChOiIlLAEv/Tf//Sv////9K////f0oAAACAigYAAAAAAAGKCAAAAAAAAACA"
                    + "igkAAAAAAAAAgACKCQAAAAAAAAAAwEc/+AAAAAAAAEd/8AAAAAAAAIwAlIwhbmHDr3ZlIPCfkIlu"
                    + "YcOvdmUg8J+QiW5hw692ZSDwn5CJlEMAlEMCAP+UKUsBhZRLAUsChpRLAUsCSwOHlChLAUsCSwNL"
                    + "BHSUXZRdlChLAV2USwJhZX2UfZQojAFhlEsBSwGMAXiUhpRdlE5hdWUu";
    private static final String PROTOCOL_5 =
            "gAWVygAAAAAAAABdlChOiIlLAEv/Tf//Sv////9K////f0oAAACAigYAAAAAAAGKCAAAAAAAAACA"
                    + "igkAAAAAAAAAgACKCQAAAAAAAAAAwEc/+AAAAAAAAEd/8AAAAAAAAIwAlIwhbmHDr3ZlIPCfkIlu"
                    + "YcOvdmUg8J+QiW5hw692ZSDwn5CJlEMAlEMCAP+UKUsBhZRLAUsChpRLAUsCSwOHlChLAUsCSwNL"
                    + "BHSUXZRdlChLAV2USwJhZX2UfZQojAFhlEsBSwGMAXiUhpRdlE5hdWUu";
    private static final String BYTEARRAY_AND_SETS =
            "gAWVHgAAAAAAAABdlCiWAgAAAAAAAABhYpSPlChLAZAoSwKRlI+UZS4=";

    @ParameterizedTest
    @ValueSource(strings = {PROTOCOL_2, PROTOCOL_3, PROTOCOL_4, PROTOCOL_5})
    void readsEveryPlainValue(String base64) {
        List<Object> bytes =
                base64.equals(PROTOCOL_2) ? List.of() : List.of(new byte[0], new byte[] {0, -1});
        List<Object> expected = new ArrayList<>();
        expected.addAll(List.of(None.NONE, true, false, 0L, 255L, 65535L, -1L));
        expected.addAll(List.of(2147483647L, -2147483648L, 1L << 40, Long.MIN_VALUE));
        expected.add(BigInteger.ONE.shiftLeft(63));
        expected.add(BigInteger.ONE.shiftLeft(70).negate());
        expected.addAll(List.of(1.5, Double.POSITIVE_INFINITY, "", "naïve 🐉".repeat(3)));
        expected.addAll(bytes);
        expected.addAll(List.of(tuple(), tuple(1L), tuple(1L, 2L), tuple(1L, 2L, 3L)));
        expected.addAll(List.of(tuple(1L, 2L, 3L, 4L), List.of(), List.of(1L, List.of(2L))));
        expected.add(Map.of());
        expected.add(Map.of("a", 1L, tuple(1L, "x"), List.of(None.NONE)));

        List<?> values = (List<?>) load(Base64.getDecoder().decode(base64));

        assertThat(values.size()).isEqualTo(expected.size());
        for (int i = 0; i < expected.size(); i++) {
            assertThat((Object) values.get(i)).as("item %d", i).isEqualTo(expected.get(i));
        }
    }

    @Test
    void readsByteArraysAndSets() {
        List<?> values = (List<?>) load(Base64.getDecoder().decode(BYTEARRAY_AND_SETS));

        assertThat((Object) values.get(0)).isEqualTo(new byte[] {'a', 'b'});
        assertThat(values.subList(1, 4)).isEqualTo(List.of(Set.of(1L), Set.of(2L), Set.of()));
    }

    @Test
    void movesTheInputBehindThePickle() {
        ByteBuffer input = bytes("K\u0001.K\u0002.");
        Unpickler unpickler = new Unpickler(AllowList.none());

        assertThat(unpickler.load(input)).isEqualTo(1L);
        assertThat(input.position()).isEqualTo(3);
        assertThat(unpickler.load(input)).isEqualTo(2L);
        assertThat(input.hasRemaining()).isFalse();
    }

    @Test
    void remembersObjectsAndNotCopies() {
        List<?> values = (List<?>) load("](]q\u0001h\u0001e.");

        assertThat((Object) values.get(0)).isSameAs(values.get(1));
    }

    @Test
    void callsAndBuildsOnlyWhatIsAllowed() {
        AllowList allowed =
                AllowList.builder()
                        .call("shop.Basket", arguments -> new Basket(arguments.text(0)))
                        .name("shop.Kind")
                        .build();
        Unpickler unpickler = new Unpickler(allowed);

        Basket reduced = (Basket) unpickler.load(bytes("cshop\nBasket\nU\u0001a\u0085R."));
        Basket built =
                (Basket) unpickler.load(bytes("cshop\nBasket\nU\u0001a\u0085\u0081K\u0007b."));
        Global kind = (Global) unpickler.load(bytes("U\u0004shopU\u0004Kind\u0093."));

        assertThat(reduced.owner).isEqualTo("a");
        assertThat(built.state).isEqualTo(7L);
        assertThat(kind.name()).isEqualTo("shop.Kind");
        assertThatThrownBy(() -> unpickler.load(bytes("cshop\nKind\n)R.")))
                .hasMessageContaining("shop.Kind: it may be named here, but not called");
        assertThatThrownBy(() -> unpickler.load(bytes("cshop\nBasket\nK\u0001\u0085R.")))
                .hasMessageContaining("shop.Basket: argument 0 must be a String, not 1");
        assertThatThrownBy(() -> unpickler.load(bytes("cshop\nBasket\n)R.")))
                .hasMessageContaining("shop.Basket: argument 0 must be a String, not missing");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cposix\nsystem\nU\u0002ls\u0085R.",
                "cbuiltins\neval\nU\u00011\u0085R.",
                "U\u0002osU\u0006system\u0093U\u0002ls\u0085R.",
                "cshop\nBasket.__class__\n)R.",
                "cshop\nOther\n.",
                "cshop.Basket\n\n."
            })
    void refusesEveryOtherName(String pickle) {
        AllowList allowed = AllowList.builder().call("shop.Basket", a -> new Basket("")).build();

        assertThatThrownBy(() -> new Unpickler(allowed).load(bytes(pickle)))
                .isInstanceOf(PickleFormatException.class)
                .hasMessageContaining("is not allowed here: nothing was executed");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ''                        | 1 bytes expected, 0 left
                    K                         | 1 bytes expected, 0 left
                    N                         | 1 bytes expected, 0 left
                    .                         | the stack is empty
                    \\x85                     | the stack is empty
                    (\\x85                    | the stack is empty
                    ]N(0e                     | there is none
                    e                         | there is none
                    N(Ne                      | a List expected
                    }]Ns                      | cannot be a dictionary's key
                    }(Nu.                     | lacks its value
                    NNb                       | takes no state
                    NNR                       | only an allowed name can be called
                    h\\x03                    | memo entry 3 was never stored
                    \\x80\\x09                | protocol 9
                    \\xff                     | 0xff is no operation
                    \\x82\\x01                | EXT1 is not supported
                    ios\\x0asystem\\x0a       | INST is not supported
                    (NoN                      | OBJ is not supported
                    NQ                        | outside of it
                    T\\xff\\xff\\xff\\xff     | bytes expected, 0 left
                    \\x8b\\xff\\xff\\xff\\x7f | an integer of 2147483647 bytes
                    U\\x01\\xff               | not UTF-8
                    """)
    void refusesDamage(String pickle, String message) {
        assertThatThrownBy(() -> load(unescape(pickle)))
                .isInstanceOf(PickleFormatException.class)
                .hasMessageStartingWith("pickle, byte ")
                .hasMessageContaining(message);
    }

    @Test
    void doublesAndRemembersValues() {
        assertThat(load("K\u00012\u0086.")).isEqualTo(tuple(1L, 1L));
        Tuple pair = (Tuple) load("]r\u0001\u0000\u0000\u0000j\u0001\u0000\u0000\u0000\u0086.");

        assertThat(pair.size()).isEqualTo(2);
        assertThat(pair.get(1)).isSameAs(pair.get(0)).isEqualTo(List.of());
    }

    @Test
    void readsIntegersOfAnyLength() {
        assertThat(load("\u008b\u0001\u0000\u0000\u0000\u0005.")).isEqualTo(5L);
        assertThat(load("\u008a\u0008" + "\u00ff".repeat(7) + "\u007f.")).isEqualTo(Long.MAX_VALUE);
        assertThat(load("\u008a\u0000.")).isEqualTo(0L);
    }

    @Test
    void callsWithKeywordsOnlyForPlaceholders() {
        AllowList allowed =
                AllowList.builder()
                        .call("shop.Basket", arguments -> new Basket(arguments.text(0)))
                        .inert((module, name) -> module.equals("toys"))
                        .build();
        Unpickler unpickler = new Unpickler(allowed);

        Basket plain = (Basket) unpickler.load(bytes("cshop\nBasket\nU\u0001a\u0085}\u0092."));
        Object toy = unpickler.load(bytes("ctoys\nBear\n)}U\u0001kK\u0001s\u0092."));

        assertThat(plain.owner).isEqualTo("a");
        assertThat(toy).isInstanceOf(Placeholder.class).hasToString("toys.Bear");
        assertThat(((Placeholder) toy).name()).isEqualTo("toys.Bear");
        String keywords = "cshop\nBasket\nU\u0001a\u0085}U\u0001kK\u0001s\u0092.";
        assertThatThrownBy(() -> unpickler.load(bytes(keywords)))
                .hasMessageContaining("a call with keywords is not supported");
        assertThatThrownBy(() -> unpickler.load(bytes("ctoys\nBear.cub\n.")))
                .hasMessageContaining("'toys.Bear.cub', which is not allowed here");
        assertThatThrownBy(() -> unpickler.load(bytes("ctoys\nBear\n)\u0081U\u0001x\u0093.")))
                .hasMessageContaining("a name expected, not an object of toys.Bear");
        assertThatThrownBy(() -> unpickler.load(bytes("cshop\nBasket\nU\u0001x\u0093.")))
                .hasMessageContaining("a name expected, not the name shop.Basket");
    }

    @Test
    void saysWhatIsNoInteger() {
        assertThatThrownBy(() -> tuple(1L, "wide").toLongs())
                .hasMessage("a tuple of integers expected, item 1 is the text 'wide'");
        assertThatThrownBy(() -> tuple("x".repeat(80)).toLongs())
                .hasMessageEndingWith("'" + "x".repeat(80) + "'");
        assertThatThrownBy(() -> tuple("x".repeat(81)).toLongs())
                .hasMessageEndingWith("'" + "x".repeat(80) + "…'");
    }

    @Test
    void takesNoMemoryOnTheWordOfALength() {
        byte[] claim = {(byte) 0x8e, 0, 0, 0, 0, 0, 0, 0, 0x10};

        assertThatThrownBy(() -> load(claim))
                .isInstanceOf(PickleFormatException.class)
                .hasMessageContaining("1152921504606846976 bytes expected, 0 left");
    }

    @Test
    void readsDeepAndCyclicListsWithoutRecursion() {
        int depth = 100_000;
        Object value = load("]".repeat(depth) + "a".repeat(depth - 1) + ".");
        List<?> cycle = (List<?>) load("]q\u0001h\u0001a.");

        int levels = 1;
        while (!((List<?>) value).isEmpty()) {
            value = ((List<?>) value).get(0);
            levels++;
        }
        assertThat(levels).isEqualTo(depth);
        assertThat((Object) cycle.get(0)).isSameAs(cycle);
    }

    @Test
    void damagedBytesAreReadOrRefusedNeverMore() {
        byte[] good = Base64.getDecoder().decode(PROTOCOL_4);
        Random random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bad = Arrays.copyOf(good, random.nextInt(good.length) + 1);
            bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            try {
                load(bad);
            } catch (PickleFormatException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(10_000, 20_000);
    }

    /** Turns {@code \\x0a} into the character. */
    private static String unescape(String text) {
        return Pattern.compile("\\\\x(..)")
                .matcher(text)
                .replaceAll(
                        m ->
                                Matcher.quoteReplacement(
                                        String.valueOf((char) Integer.parseInt(m.group(1), 16))));
    }

    private static Object load(String latin1) {
        return new Unpickler(AllowList.none()).load(bytes(latin1));
    }

    private static Object load(byte[] pickle) {
        return new Unpickler(AllowList.none()).load(ByteBuffer.wrap(pickle));
    }

    private static ByteBuffer bytes(String latin1) {
        return ByteBuffer.wrap(latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static Tuple tuple(Object... items) {
        return new Tuple(List.of(items));
    }

    /** An object of ours that takes a state. */
    private static final class Basket implements Buildable {

        private final String owner;
        private Object state = None.NONE;

        Basket(String owner) {
            this.owner = owner;
        }

        @Override
        public void setState(Object state) {
            this.state = state;
        }
    }
}
