package io.github.icthp.train.pickhigh;

import com.google.common.hash.Hashing;

import io.github.icthp.tokenizer.ClipTokenizer;
import io.github.icthp.training.Seeds;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Step 1: which rows of a source are base prompts. Empty ones, ones that are not in Latin letters,
 * long ones, repeated ones and ties are left out; of the others a seeded sample is taken.
 *
 * <p>Memory holds eight bytes' worth of hash a different prompt, and one bit a row.
 */
final class BasePrompts {

    private final PromptSource source;
    private final int longest;
    private final long sample;
    private final long seed;

    /**
     * Makes the step.
     *
     * @param longest CLIP tokens of a base prompt at most
     * @param sample how many to take; 0 for all
     */
    BasePrompts(PromptSource source, int longest, long sample, long seed) {
        this.source = source;
        this.longest = longest;
        this.sample = sample;
        this.seed = seed;
    }

    /** How many rows the source has, and how many of them were left out and why. */
    static final class Counts {
        long rows;
        long empty;
        long language;
        long tooLong;
        long repeated;
        long ties;
        long notSampled;
        long taken;
    }

    /** Where a row of the source goes. */
    private static final class Scan {
        private final BitSet wanted = new BitSet();
        private int at;
    }

    /** Looks through the source, and returns the counts and the rows that are wanted. */
    Selection select() {
        Counts counts = new Counts();
        Scan scan = new Scan();
        Set<Long> seen = new HashSet<>();
        PriorityQueue<long[]> drawn = new PriorityQueue<>((a, b) -> Long.compare(b[0], a[0]));
        try (ClipTokenizer tokenizer = ClipTokenizer.bundled()) {
            source.each(
                    row -> {
                        int number = scan.at++;
                        counts.rows++;
                        if (!usable(row, tokenizer, seen, counts)) {
                            return;
                        }
                        if (sample == 0) {
                            scan.wanted.set(number);
                            return;
                        }
                        drawn.add(new long[] {Seeds.derive(seed, number, "sample"), number});
                        if (drawn.size() > sample) {
                            drawn.remove();
                            counts.notSampled++;
                        }
                    });
        }
        drawn.forEach(entry -> scan.wanted.set((int) entry[1]));
        counts.taken = scan.wanted.cardinality();
        return new Selection(counts, scan.wanted);
    }

    /** Which rows of the source are taken. */
    record Selection(Counts counts, BitSet wanted) {}

    /** Gives the wanted rows, in the source's order. */
    void each(Selection selection, Consumer<SourceRow> consumer) {
        Scan scan = new Scan();
        source.each(
                row -> {
                    if (selection.wanted().get(scan.at++)) {
                        consumer.accept(row);
                    }
                });
    }

    private boolean usable(SourceRow row, ClipTokenizer tokenizer, Set<Long> seen, Counts counts) {
        String prompt = cleaned(row.prompt());
        if (prompt.isEmpty()) {
            counts.empty++;
        } else if (!latin(prompt)) {
            counts.language++;
        } else if (tokenizer.encode(prompt).length - 2 > longest) {
            counts.tooLong++;
        } else if (row.tie()) {
            counts.ties++;
        } else if (!seen.add(hash(prompt))) {
            counts.repeated++;
        } else {
            return true;
        }
        return false;
    }

    /**
     * The prompt as later steps see it: white space and control characters made single spaces,
     * marks of direction and other invisible ones left out.
     */
    static String cleaned(String prompt) {
        return prompt.replaceAll("\\p{Cf}", "").replaceAll("[\\s\\p{Cc}]+", " ").strip();
    }

    /** Prompts that differ in case and punctuation alone are the same. */
    static long hash(String prompt) {
        String plain = prompt.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]+", " ").strip();
        return Hashing.murmur3_128().hashString(plain, StandardCharsets.UTF_8).asLong();
    }

    /** Says whether a text has letters, nine in ten of them Latin: all that GPT-2 and CLIP know. */
    static boolean latin(String prompt) {
        long letters = prompt.codePoints().filter(Character::isLetter).count();
        long latin =
                prompt.codePoints()
                        .filter(Character::isLetter)
                        .filter(c -> Character.UnicodeScript.of(c) == Character.UnicodeScript.LATIN)
                        .count();
        return letters > 0 && latin * 10 >= letters * 9;
    }
}
