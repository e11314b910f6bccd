package io.github.icthp.diffusion.draft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.diffusion.draft.PromptOrder.Picture;
import io.github.icthp.torch.DType;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PromptWindowsTest {

    /** As many as the paper trained on. */
    private static final int PAPER = 360_000;

    private final TinyModel model = new TinyModel(DType.FLOAT32);

    @AfterAll
    void close() {
        model.close();
    }

    private DraftKBuilder run(int prompts) {
        return DraftKOptimizer.builder()
                .model(model)
                .prompts(IntStream.range(0, prompts).mapToObj(i -> "prompt " + i).toList())
                .config(DraftKConfig.paper())
                .optimizer(o -> o.batchSize(2).accumulation(20));
    }

    @Test
    void aFewPromptsAreOneWindow() {
        RolloutJob job = new RolloutJob(run(7));
        PromptWindows windows = new PromptWindows(job);
        assertThat(windows.enter(0)).isTrue();
        assertThat(windows.prompts(0)).isEqualTo(job.prompts());
        assertThat(windows.enter(1_000_000)).isFalse();
        assertThat(windows.prompts(1_000_000)).isEqualTo(job.prompts());
    }

    @Test
    void windowsHoldAllThatTheirStepsAskForAndNoMoreThanTheCache() {
        RolloutJob job = new RolloutJob(run(PAPER).promptCache(100));
        PromptWindows windows = new PromptWindows(job);
        PromptOrder order = job.order();
        for (long step = 8_999; step < 9_005; step++) {
            // Two steps of 40 pictures each are in a window.
            assertThat(windows.enter(step)).isEqualTo(step == 8_999 || step % 2 == 0);
            Set<String> encoded = new HashSet<>(windows.prompts(step));
            assertThat(encoded).hasSizeLessThanOrEqualTo(100).hasSameSizeAs(windows.prompts(step));
            for (int rollout = 0; rollout < job.rollouts(); rollout++) {
                List<Picture> pictures = job.pictures(order, step, rollout);
                assertThat(encoded).containsAll(pictures.stream().map(Picture::prompt).toList());
            }
        }
    }

    @Test
    void aStepOfMorePicturesThanTheCacheIsEncodedWhole() {
        PromptWindows windows = new PromptWindows(new RolloutJob(run(PAPER).promptCache(1)));
        assertThat(windows.prompts(3)).hasSize(40);
        assertThatThrownBy(() -> run(1).promptCache(0)).hasMessageContaining("got 0");
    }
}
