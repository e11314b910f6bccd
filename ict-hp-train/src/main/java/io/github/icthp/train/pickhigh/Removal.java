package io.github.icthp.train.pickhigh;

/**
 * Why a row is not in the data set.
 *
 * @param step the step that removed it
 * @param kind the kind of reason
 * @param reason the reason itself
 */
record Removal(String step, Kind kind, String reason) {

    /** Kinds of reasons, and the paper's share of each where it gives one. */
    enum Kind {
        /** The language model refused, or its provider's filter did. */
        REFUSED("refused by the language model"),
        /** A word of the list. */
        WORD("a word of the list"),
        /** A concept of the base prompt is not in the refined one. */
        LOST("a concept of the base prompt is lost"),
        /** The refined prompt adds what conflicts with the base prompt. */
        CONFLICT("something that conflicts is added"),
        /** The answer could not be read, twice. */
        BAD_ANSWER("an answer that cannot be read, twice"),
        /** There was no answer, or no picture. */
        FAILED("failed");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }
}
