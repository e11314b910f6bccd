package io.github.icthp.prompt;

import ai.djl.Device;

import com.google.common.base.Preconditions;

import io.github.icthp.torch.DType;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Adds style and detail to short prompts, as Prompt-Extend does ({@code daspartho/prompt-extend}):
 * a GPT-2 that was trained on diffusion prompts continues the prompt and a comma.
 *
 * <pre>{@code
 * try (PromptExtender extender = PromptExtender.load(folder, Device.cpu(), DType.FLOAT32)) {
 *     List<String> extended = extender.extend(List.of("a red fox"), new long[] {7});
 * }
 * }</pre>
 *
 * <p>What is added depends on the prompt and its seed, and not on the prompts beside it: in a batch
 * each prompt has its own 50 tokens. (Prompts of different lengths are computed together with other
 * rounding than alone, which changes a token where two are as good as equally likely.) Instances
 * may be shared between threads.
 */
public final class PromptExtender implements AutoCloseable {

    private static final int LONGEST = 50;

    private final Gpt2Model model;
    private final Gpt2Tokenizer tokenizer;

    private PromptExtender(Gpt2Model model, Gpt2Tokenizer tokenizer) {
        this.model = model;
        this.tokenizer = tokenizer;
    }

    /**
     * Loads a folder in Hugging Face's layout: configuration, weights and tokenizer.
     *
     * @param folder the folder
     * @param device where the model computes
     * @param type its type, float32 or bfloat16
     * @return an extender, to be closed by the caller
     * @throws io.github.icthp.weights.WeightsFormatException if a file breaks its format
     * @throws io.github.icthp.weights.WeightsMismatchException if parameters are missing,
     *     unexpected or misshapen
     * @throws java.io.UncheckedIOException if a file is missing or cannot be read
     */
    public static PromptExtender load(Path folder, Device device, DType type) {
        Gpt2Tokenizer tokenizer = Gpt2Tokenizer.load(folder);
        try {
            return new PromptExtender(Gpt2Model.load(folder, device, type), tokenizer);
        } catch (RuntimeException | Error e) {
            tokenizer.close();
            throw e;
        }
    }

    /**
     * Extends prompts, in one batch.
     *
     * @param prompts short prompts; one that has {@link #longest} tokens already stays as it is
     * @param seeds a seed for each prompt
     * @return each prompt, a comma, and what was added; without special tokens, and without spaces
     *     before punctuation in what was added
     * @throws IllegalArgumentException if there are not as many seeds as prompts
     */
    public List<String> extend(List<String> prompts, long[] seeds) {
        Preconditions.checkArgument(
                prompts.size() == seeds.length,
                "PromptExtender: expected a seed for each of %s prompts, got %s",
                prompts.size(),
                seeds.length);
        if (prompts.isEmpty()) {
            return List.of();
        }
        long[][] rows = prompts.stream().map(this::start).toArray(long[][]::new);
        int shortest = Arrays.stream(rows).mapToInt(row -> row.length).min().orElse(0);
        int longest = Arrays.stream(rows).mapToInt(row -> row.length).max().orElse(0);
        int limit = Math.max(1, longest() - shortest);
        if (rows.length > 1 && longest + limit > model.config().positions()) {
            return alone(prompts, seeds);
        }
        if (longest >= model.config().positions()) {
            return prompts;
        }
        Decoding decoding = new Decoding(true, 1, 50, 1, 1, 0, 0, 0, limit);
        Generated generated = model.generate(rows, decoding, draws(seeds, limit));
        String[] extended = new String[rows.length];
        for (int r = 0; r < rows.length; r++) {
            int own = Math.max(0, longest() - rows[r].length);
            long[] added = generated.newTokens(r);
            extended[r] =
                    own == 0
                            ? prompts.get(r)
                            : text(
                                    prompts.get(r) + ",",
                                    rows[r],
                                    Arrays.copyOf(added, Math.min(own, added.length)));
        }
        return List.of(extended);
    }

    /**
     * Counts a prompt's tokens.
     *
     * @param prompt any text
     * @return how many tokens this model reads of it
     */
    public int tokens(String prompt) {
        return tokenizer.encode(prompt).length;
    }

    /**
     * Returns the greatest length of an extended prompt.
     *
     * @return tokens, the prompt's among them
     */
    public int longest() {
        return Math.min(LONGEST, model.config().positions());
    }

    /** Batches whose padding would take a row's last positions are not made. */
    private List<String> alone(List<String> prompts, long[] seeds) {
        String[] extended = new String[seeds.length];
        Arrays.setAll(extended, i -> extend(List.of(prompts.get(i)), new long[] {seeds[i]}).get(0));
        return List.of(extended);
    }

    /** The prompt and a comma; of one that is too long to be continued the beginning. */
    private long[] start(String prompt) {
        long[] ids = tokenizer.encode(prompt + ",");
        return ids.length > longest() ? Arrays.copyOf(ids, longest()) : ids;
    }

    private static double[][] draws(long[] seeds, int steps) {
        double[][] draws = new double[steps][seeds.length];
        for (int r = 0; r < seeds.length; r++) {
            SplittableRandom random = new SplittableRandom(seeds[r]);
            for (double[] step : draws) {
                step[r] = random.nextDouble();
            }
        }
        return draws;
    }

    /** The text as the prompts of the paper's time were: what was added is cleaned. */
    private String text(String prompt, long[] start, long[] added) {
        return text(tokenizer, prompt, start, added);
    }

    static String text(Gpt2Tokenizer tokenizer, String prompt, long[] start, long[] added) {
        long[] all = Arrays.copyOf(start, start.length + added.length);
        System.arraycopy(added, 0, all, start.length, added.length);
        int before = Gpt2Tokenizer.cleaned(tokenizer.decode(start, true)).length();
        return prompt + Gpt2Tokenizer.cleaned(tokenizer.decode(all, true)).substring(before);
    }

    /** Frees model and tokenizer. */
    @Override
    public void close() {
        model.close();
        tokenizer.close();
    }
}
