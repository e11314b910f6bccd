package io.github.icthp;

import ai.djl.ndarray.NDArray;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;

import io.github.icthp.clip.ClipTokenizer;
import io.github.icthp.torch.Tensors;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/** Encodes each distinct prompt once: unit text features, remembered for the latest prompts. */
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
        LinkedHashSet<String> missing = new LinkedHashSet<>();
        for (String prompt : prompts) {
            float[] row = features.getIfPresent(prompt);
            if (row == null) {
                missing.add(prompt);
            } else {
                known.put(prompt, row);
            }
        }
        if (!missing.isEmpty()) {
            encodeNew(List.copyOf(missing), known);
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

    private void encodeNew(List<String> prompts, Map<String, float[]> known) {
        long[][] ids = tokenizer.tokenize(prompts, network.contextLength()).ids();
        float[] flat = Tensors.toFloats(network.textFeatures(ids));
        int width = flat.length / prompts.size();
        for (int i = 0; i < prompts.size(); i++) {
            float[] row = java.util.Arrays.copyOfRange(flat, i * width, (i + 1) * width);
            known.put(prompts.get(i), row);
            features.put(prompts.get(i), row);
        }
    }
}
