package io.github.icthp.examples.console;

import java.io.PrintWriter;
import java.util.List;

/** Tells of prompts that are longer than a model reads, once a run. */
public final class UnreadNotes {

    private UnreadNotes() {}

    /** Tells notes of {@link io.github.icthp.UnreadPrompts}. */
    public static void tell(List<String> notes, PrintWriter err) {
        notes.forEach(note -> err.println("note: " + note));
        err.flush();
    }
}
