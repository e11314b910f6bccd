package io.github.icthp.weights.pickle;

import java.nio.ByteBuffer;

/**
 * Reads pickles of protocols 2 to 5 into plain values; the only classes are those of an {@link
 * AllowList}. It never executes anything, never recurses, and takes memory only in proportion to
 * the bytes that are really there. Immutable; may be shared between threads.
 *
 * <table>
 * <caption>What values become</caption>
 * <tr><th>Python</th><th>here</th></tr>
 * <tr><td>None</td><td>{@link None#NONE}</td></tr>
 * <tr><td>bool</td><td>{@link Boolean}</td></tr>
 * <tr><td>int</td><td>{@link Long}, beyond 64 bits {@link java.math.BigInteger}</td></tr>
 * <tr><td>float</td><td>{@link Double}</td></tr>
 * <tr><td>str</td><td>{@link String}</td></tr>
 * <tr><td>bytes, bytearray</td><td>{@code byte[]}</td></tr>
 * <tr><td>tuple</td><td>{@link Tuple}</td></tr>
 * <tr><td>list</td><td>{@link java.util.ArrayList}</td></tr>
 * <tr><td>dict</td><td>{@link java.util.LinkedHashMap}</td></tr>
 * <tr><td>set, frozenset</td><td>{@link java.util.LinkedHashSet}</td></tr>
 * <tr><td>a function or class by name</td><td>{@link Global}</td></tr>
 * <tr><td>the result of calling one</td><td>what its {@link Constructor} returns</td></tr>
 * <tr><td>an object of a class that is allowed but unknown</td><td>{@link Placeholder}</td></tr>
 * </table>
 *
 * <p>Containers may hold each other, and in a hostile file themselves: walk them with care, and do
 * not print or compare them. Keys of dictionaries and items of sets are plain values, or tuples of
 * such.
 */
public final class Unpickler {

    private final AllowList allowed;
    private final PersistentLoader persistent;

    /**
     * Creates a reader that refuses persistent ids.
     *
     * @param allowed the names a pickle may use
     */
    public Unpickler(AllowList allowed) {
        this(
                allowed,
                id -> {
                    throw new PickleFormatException("the pickle refers to data outside of it");
                });
    }

    /**
     * Creates a reader.
     *
     * @param allowed the names a pickle may use
     * @param persistent gives objects that lie outside the pickle
     */
    public Unpickler(AllowList allowed, PersistentLoader persistent) {
        this.allowed = allowed;
        this.persistent = persistent;
    }

    /**
     * Reads one pickle.
     *
     * @param input holds the pickle from its position on; the position moves behind the pickle, so
     *     that another can follow
     * @return the value
     * @throws PickleFormatException if the pickle is damaged, uses a name that is not allowed, or
     *     an operation that is not supported; the message says where
     */
    public Object load(ByteBuffer input) {
        PickleInput cursor = new PickleInput(input);
        Object value = new PickleMachine(cursor, allowed, persistent).run();
        input.position(input.position() + cursor.position());
        return value;
    }
}
