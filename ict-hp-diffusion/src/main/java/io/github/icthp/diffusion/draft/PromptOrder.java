package io.github.icthp.diffusion.draft;

import com.google.common.base.Preconditions;

import io.github.icthp.training.Seeds;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Which prompt and which noise each picture of a run has: a pure function of its number, so that a
 * resumed run needs no cursor. Every pass over the prompts is shuffled anew.
 */
final class PromptOrder {

    private final List<String> prompts;
    private final long seed;
    private long epoch = -1;
    private int[] order = new int[0];

    PromptOrder(List<String> prompts, long seed) {
        Preconditions.checkArgument(!prompts.isEmpty(), "DraftK: expected prompts, got none");
        this.prompts = List.copyOf(prompts);
        this.seed = seed;
    }

    /**
     * A picture to make.
     *
     * @param prompt its prompt
     * @param seed the seed of its noise
     */
    record Picture(String prompt, long seed) {

        @Override
        public String toString() {
            return "prompt \"" + prompt + "\" with seed " + seed;
        }
    }

    /** Returns some pictures of a run, from a number on. */
    List<Picture> pictures(long first, int count) {
        List<Picture> pictures = new ArrayList<>();
        for (long number = first; number < first + count; number++) {
            int place = (int) (number % prompts.size());
            String prompt = prompts.get(order(number / prompts.size())[place]);
            // Seeds as people write them: short enough to be typed again.
            long noise = Seeds.derive(seed, number, "latents") >>> 32;
            pictures.add(new Picture(prompt, noise));
        }
        return pictures;
    }

    private int[] order(long wanted) {
        if (wanted != epoch) {
            epoch = wanted;
            order = shuffled(prompts.size(), Seeds.random(seed, wanted, "prompts"));
        }
        return order;
    }

    private static int[] shuffled(int size, SplittableRandom random) {
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
