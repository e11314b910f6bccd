package io.github.icthp.examples;

import java.io.PrintWriter;
import java.util.List;

/** Tells of prompts that are longer than a model reads, once a run. */
final class UnreadNotes {

    private UnreadNotes() {}

    /** Tells notes of {@link io.github.icthp.UnreadPrompts}. */
    static void tell(List<String> notes, PrintWriter err) {
        notes.forEach(note -> err.println("note: " + note));
        err.flush();
    }
}
