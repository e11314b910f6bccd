package io.github.icthp.reward;

import ai.djl.ndarray.NDArray;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;

import io.github.icthp.clip.ClipModel;
import io.github.icthp.tokenizer.ClipTokenizer;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Encodes each distinct prompt once: unit text features, remembered for the latest prompts.
 *
 * <p>A prompt is encoded alone, whatever prompts it comes with: in a batch its features would round
 * as the batch's size and its longest prompt have it, and be remembered so.
 */
final class PromptFeatures implements AutoCloseable {

    private static final int REMEMBERED = 10_000;

    private final ClipTokenizer tokenizer;
    private final int length;
    private final Function<long[][], NDArray> tower;
    private final Cache<String, float[]> features =
            CacheBuilder.newBuilder().maximumSize(REMEMBERED).build();

    /**
     * Makes an encoder.
     *
     * @param tokenizer closed with this
     * @param length the tokens of a prompt that are read at most
     * @param tower token ids (1, S) to features (1, P)
     */
    PromptFeatures(ClipTokenizer tokenizer, int length, Function<long[][], NDArray> tower) {
        this.tokenizer = tokenizer;
        this.length = length;
        this.tower = tower;
    }

    /** Returns unit features (B, P) in float32, owned by the innermost scope. */
    NDArray encode(List<String> prompts) {
        Map<String, float[]> known = new HashMap<>();
        for (String prompt : prompts) {
            known.computeIfAbsent(prompt, this::features);
        }
        int width = known.get(prompts.get(0)).length;
        float[] flat = new float[prompts.size() * width];
        for (int b = 0; b < prompts.size(); b++) {
            System.arraycopy(known.get(prompts.get(b)), 0, flat, b * width, width);
        }
        return Tensors.of(flat, prompts.size(), width);
    }

    /** Returns how many tokens of a prompt are beyond the tower's positions. */
    int unreadTokens(String prompt) {
        return Math.max(0, tokenizer.encode(prompt).length - length);
    }

    /** Frees the tokenizer. */
    @Override
    public void close() {
        tokenizer.close();
    }

    private float[] features(String prompt) {
        float[] row = features.getIfPresent(prompt);
        if (row == null) {
            row = encodeAlone(prompt);
            features.put(prompt, row);
        }
        return row;
    }

    private float[] encodeAlone(String prompt) {
        long[][] ids = tokenizer.tokenize(List.of(prompt), length).ids();
        return TensorScope.call(
                () -> {
                    return Tensors.toFloats(ClipModel.normalize(tower.apply(ids)));
                });
    }
}
