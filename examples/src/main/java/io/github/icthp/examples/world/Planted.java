package io.github.icthp.examples.world;

import com.google.common.hash.Hashing;

import java.nio.charset.StandardCharsets;

/** What the drawn world's language model does to a base prompt on purpose. */
public enum Planted {
    /** A good answer. */
    NOTHING_WRONG(true, 69),
    /** It refuses in the form asked for. */
    REFUSED(false, 2),
    /** It refuses in plain words. */
    REFUSED_IN_WORDS(false, 1),
    /** An answer that cannot be read, repaired when asked. */
    REPAIRED(true, 4),
    /** Answers that cannot be read, twice. */
    UNREADABLE(false, 2),
    /** A refined prompt that shows another color or figure. */
    LOST(false, 4),
    /** A refined prompt that adds another thing. */
    CONFLICT(false, 4),
    /** A word of the list. */
    WORD(false, 3),
    /** Status 429, then the answer. */
    TOO_MANY(true, 3),
    /** Status 500, then the answer. */
    SERVER_ERROR(true, 2),
    /** Half an answer, then the whole one. */
    HALF(true, 2),
    /** A web page, then the answer. */
    PAGE(true, 2),
    /** An empty response, then the answer. */
    NOTHING(true, 2);

    private static final int HUNDRED = 100;

    private final boolean kept;
    private final int share;

    Planted(boolean kept, int share) {
        this.kept = kept;
        this.share = share;
    }

    /**
     * Says whether a build should keep such a row.
     *
     * @return false if it should remove it
     */
    public boolean kept() {
        return kept;
    }

    /**
     * Returns what happens to a prompt.
     *
     * @param base a base prompt
     * @return the same for the same prompt
     */
    public static Planted of(String base) {
        long hash = Hashing.murmur3_128(18).hashString(base, StandardCharsets.UTF_8).asLong();
        long place = Math.floorMod(hash, HUNDRED);
        for (Planted planted : values()) {
            place -= planted.share;
            if (place < 0) {
                return planted;
            }
        }
        throw new AssertionError("shares must add up to 100");
    }
}
