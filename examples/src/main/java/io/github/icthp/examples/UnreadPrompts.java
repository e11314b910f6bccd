package io.github.icthp.examples;

import com.google.common.base.Ascii;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;

import io.github.icthp.RewardModel;

import java.io.PrintWriter;
import java.util.Locale;

/** Tells of prompts that are longer than a model reads: their ends are in no score. */
final class UnreadPrompts {

    /** Prompts that are told of one by one. */
    private static final int SHOWN = 5;

    private static final int LETTERS = 60;
    private static final int REMEMBERED = 10_000;

    private final RewardModel model;
    private final PrintWriter out;
    private final Cache<String, Boolean> seen =
            CacheBuilder.newBuilder().maximumSize(REMEMBERED).build();
    private int cut;

    UnreadPrompts(RewardModel model, PrintWriter out) {
        this.model = model;
        this.out = out;
    }

    /** Looks at a prompt; the same one again, if not long ago, says nothing. */
    void look(String prompt) {
        if (seen.asMap().putIfAbsent(prompt, true) != null) {
            return;
        }
        int unread = model.unreadTokens(prompt);
        if (unread > 0 && ++cut <= SHOWN) {
            out.println(
                    String.format(
                            Locale.ROOT,
                            "note: %s does not read the last %d tokens of the prompt '%s': it is too"
                                    + " long, and what they say is in no score; shorten it",
                            model.kind().name(),
                            unread,
                            Ascii.truncate(prompt, LETTERS, "...")));
        }
    }

    /** Says how many more prompts were cut than were told of. */
    void end() {
        if (cut > SHOWN) {
            out.println(
                    String.format(
                            Locale.ROOT,
                            "note: %d more prompts are too long in the same way",
                            cut - SHOWN));
        }
        out.flush();
    }
}
