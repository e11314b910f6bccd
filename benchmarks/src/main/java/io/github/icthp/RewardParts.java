package io.github.icthp;

import java.nio.ByteBuffer;
import java.util.List;

/** Parts of a reward model that are timed alone; in its package to reach them. */
public final class RewardParts {

    private RewardParts() {}

    /**
     * Returns the networks' part of scoring one image.
     *
     * @param model the model
     * @param pair the image, which is prepared now, and the prompt
     * @return runs the networks and waits for them
     */
    public static Runnable networks(RewardModel model, PromptImage pair) {
        ByteBuffer pixels = model.preprocessor().read(pair.image());
        List<String> prompts = List.of(pair.prompt());
        return () -> {
            var unused = InferenceExecutor.await(model.scorer().start(List.of(pixels), prompts));
        };
    }
}
