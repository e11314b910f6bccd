package io.github.icthp;

import ai.djl.ndarray.NDArray;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;

import io.github.icthp.clip.ClipTokenizer;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Encodes each distinct prompt once: unit text features, remembered for the latest prompts.
 *
 * <p>A prompt is encoded alone, whatever prompts it comes with: in a batch its features would round
 * as the batch's size and its longest prompt have it, and be remembered so.
 */
final class PromptEncoder implements AutoCloseable {

    private static final int REMEMBERED = 10_000;

    private final RewardNetwork network;
    private final ClipTokenizer tokenizer;
    private final Cache<String, float[]> features =
            CacheBuilder.newBuilder().maximumSize(REMEMBERED).build();

    PromptEncoder(RewardNetwork network, ClipTokenizer tokenizer) {
        this.network = network;
        this.tokenizer = tokenizer;
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
        try (TensorScope scope = TensorScope.open()) {
            long[][] ids = tokenizer.tokenize(List.of(prompt), network.contextLength()).ids();
            assert scope == TensorScope.current();
            return Tensors.toFloats(network.textFeatures(ids));
        }
    }
}
