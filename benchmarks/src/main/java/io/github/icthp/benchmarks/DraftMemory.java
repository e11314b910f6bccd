package io.github.icthp.benchmarks;

import ai.djl.Device;

import io.github.icthp.clip.Activation;
import io.github.icthp.clip.ClipConfig;
import io.github.icthp.clip.EncoderConfig;
import io.github.icthp.diffusion.draft.RolloutCheckpointing;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.NativeMemory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Growth of peak resident memory in a DRaFT-K run of one step: 63 million random weights, 1,024
 * image tokens, 8 steps, float32. One measurement a process. Arguments: {@code none}, {@code step}
 * or {@code block}; K; optionally what becomes of {@linkplain FreedMemory freed memory}, if not
 * what a run does; optionally {@code --reward}: the final latents are rewarded by a vision tower of
 * CLIP ViT-H/14's size, or, with {@code --reward small}, of a few layers.
 */
public final class DraftMemory {

    private static final String REWARD = "--reward";

    private DraftMemory() {}

    /**
     * Runs it.
     *
     * @param args the policy, K, optionally {@code keep}, {@code large} or {@code all}, optionally
     *     {@code --reward} or {@code --reward small}
     * @throws IOException if the system does not tell
     */
    public static void main(String[] args) throws IOException {
        List<String> given = new ArrayList<>(List.of(args));
        int at = given.indexOf(REWARD);
        boolean small = at >= 0 && given.indexOf("small") == at + 1;
        given.removeAll(List.of(REWARD, "small"));
        String[] plain = given.toArray(String[]::new);
        RolloutCheckpointing checkpointing =
                RolloutCheckpointing.valueOf(plain[0].toUpperCase(Locale.ROOT));
        int k = Integer.parseInt(plain[1]);
        try (DraftProblem problem =
                new DraftProblem(DraftProblem.Size.memory(), Device.cpu(), DType.FLOAT32)) {
            FreedMemory freed = FreedMemory.of(plain, 2);
            if (at < 0) {
                measure(problem, checkpointing, k, freed, "");
                return;
            }
            ClipConfig config = small ? small() : ClipConfig.vitH14();
            try (TowerReward tower = new TowerReward(config, Device.cpu())) {
                measure(problem.rewardedBy(tower), checkpointing, k, freed, " with a reward");
            }
        }
    }

    /** Four layers as wide as ViT-B's. */
    private static ClipConfig small() {
        ClipConfig h14 = ClipConfig.vitH14();
        EncoderConfig vision = new EncoderConfig(768, 3072, 4, 12, Activation.GELU, 1e-5);
        return new ClipConfig(
                h14.text(),
                h14.vocabulary(),
                h14.positions(),
                h14.endToken(),
                vision,
                224,
                14,
                512);
    }

    private static void measure(
            DraftProblem problem,
            RolloutCheckpointing checkpointing,
            int k,
            FreedMemory freed,
            String reward)
            throws IOException {
        problem.sample();
        NativeMemory.trim();
        ResidentMemory.resetPeak();
        long before = ResidentMemory.mib();
        long start = System.nanoTime();
        problem.steps(checkpointing, k, 1, freed);
        System.out.printf(
                Locale.ROOT,
                "%s K=%d%s: peak growth %d MiB over %d MiB, left %d MiB, %.1f s%n",
                checkpointing.name().toLowerCase(Locale.ROOT),
                k,
                reward,
                ResidentMemory.peakMib() - before,
                before,
                ResidentMemory.mib() - before,
                (System.nanoTime() - start) / 1e9);
    }
}
