package io.github.icthp;

import com.google.common.base.Ascii;
import com.google.common.hash.Hashing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;

/**
 * Counts the prompts of a run that are longer than a model reads: what their ends say is in no
 * score, and nothing else tells. For one thread at a time; memory holds a number for each prompt.
 *
 * <pre>{@code
 * UnreadPrompts unread = new UnreadPrompts("PickScore", model::unreadTokens);
 * prompts.forEach(unread::look);
 * UnreadPrompts.notes(List.of(unread)).forEach(System.err::println);
 * }</pre>
 */
public final class UnreadPrompts {

    private static final int LETTERS = 60;

    private final String reader;
    private final ToIntFunction<String> unreadTokens;
    private final Set<Long> seen = new HashSet<>();
    private Found found = new Found(0, 0, "");

    /**
     * What was found.
     *
     * @param prompts how many prompts are too long
     * @param tokens how many tokens of the longest are not read
     * @param longest the longest
     */
    private record Found(int prompts, int tokens, String longest) {}

    /**
     * Begins.
     *
     * @param reader what notes call the model
     * @param unreadTokens how many of a prompt's tokens it does not read, as {@link
     *     RewardModel#unreadTokens} says
     */
    public UnreadPrompts(String reader, ToIntFunction<String> unreadTokens) {
        this.reader = reader;
        this.unreadTokens = unreadTokens;
    }

    /**
     * Looks at a prompt; one that was looked at before counts once.
     *
     * @param prompt any text
     */
    public void look(String prompt) {
        if (!seen.add(Hashing.murmur3_128().hashString(prompt, StandardCharsets.UTF_8).asLong())) {
            return;
        }
        int tokens = unreadTokens.applyAsInt(prompt);
        if (tokens > 0) {
            boolean longer = tokens > found.tokens();
            found =
                    new Found(
                            found.prompts() + 1,
                            longer ? tokens : found.tokens(),
                            longer ? prompt : found.longest());
        }
    }

    /**
     * Says what was found: a sentence for all models that left out the same.
     *
     * @param all models of one run
     * @return sentences for people; none if every prompt was read to its end
     */
    public static List<String> notes(Collection<UnreadPrompts> all) {
        Map<Found, List<String>> readers = new LinkedHashMap<>();
        for (UnreadPrompts one : all) {
            if (one.found.prompts() > 0) {
                readers.computeIfAbsent(one.found, f -> new ArrayList<>()).add(one.reader);
            }
        }
        return readers.entrySet().stream().map(e -> note(e.getValue(), e.getKey())).toList();
    }

    private static String note(List<String> readers, Found found) {
        boolean one = found.prompts() == 1;
        return String.format(
                Locale.ROOT,
                "%s %s not read the %s, %s too long: the last %,d tokens of %s'%s' are in no score;"
                        + " shorten %s",
                String.join(", ", readers),
                readers.size() == 1 ? "does" : "do",
                one
                        ? "end of a prompt"
                        : String.format(Locale.ROOT, "ends of %,d prompts", found.prompts()),
                one ? "which is" : "which are",
                found.tokens(),
                one ? "" : "the longest, ",
                Ascii.truncate(found.longest(), LETTERS, "..."),
                one ? "it" : "them");
    }
}
