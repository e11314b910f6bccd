package io.github.icthp.examples.world;

import java.util.Locale;

/** The size that a prompt names. */
public enum Size {
    /** Not said: about half of the picture across. */
    ANY,
    /** About a third of the picture across. */
    SMALL,
    /** About three quarters of the picture across. */
    LARGE;

    /**
     * Returns the word for it in prompts.
     *
     * @return for example {@code small}; empty if it is not said
     */
    public String word() {
        return this == ANY ? "" : name().toLowerCase(Locale.ROOT);
    }
}
