package io.github.icthp.benchmarks;

import ai.djl.Device;

import io.github.icthp.diffusion.draft.Checkpointing;
import io.github.icthp.diffusion.draft.DraftProblem;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.NativeMemory;

import java.io.IOException;
import java.util.Locale;

/**
 * Growth of peak resident memory while a DRaFT-K gradient is computed: 63 million random weights,
 * 1,024 image tokens, 8 steps, float32. One measurement a process. Arguments: {@code none}, {@code
 * step} or {@code block}; K; optionally what becomes of {@linkplain FreedMemory freed memory}, if
 * not what a run does.
 */
public final class DraftMemory {

    private DraftMemory() {}

    /**
     * Runs it.
     *
     * @param args the policy, K, optionally {@code keep}, {@code large} or {@code all}
     * @throws IOException if the system does not tell
     */
    public static void main(String[] args) throws IOException {
        Checkpointing checkpointing = Checkpointing.valueOf(args[0].toUpperCase(Locale.ROOT));
        int k = Integer.parseInt(args[1]);
        try (DraftProblem problem =
                new DraftProblem(DraftProblem.Size.memory(), Device.cpu(), DType.FLOAT32)) {
            FreedMemory.of(args, 2).apply(checkpointing);
            problem.sample();
            NativeMemory.trim();
            ResidentMemory.resetPeak();
            long before = ResidentMemory.mib();
            long start = System.nanoTime();
            problem.gradients(checkpointing, k);
            System.out.printf(
                    Locale.ROOT,
                    "%s K=%d: peak growth %d MiB over %d MiB, left %d MiB, %.1f s%n",
                    args[0],
                    k,
                    ResidentMemory.peakMib() - before,
                    before,
                    ResidentMemory.mib() - before,
                    (System.nanoTime() - start) / 1e9);
        }
    }
}
