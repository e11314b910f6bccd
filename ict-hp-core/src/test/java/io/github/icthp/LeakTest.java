package io.github.icthp;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;

import io.github.icthp.torch.Torch;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Calls leave nothing behind: neither native tensors nor memory. */
class LeakTest {

    private static final int WARM_UP = 500;
    private static final int CALLS = 2_000;

    /**
     * What the heap, compiled code and the allocator may still take; one leaked image is 21 KiB.
     */
    private static final long MEBIBYTES = 24;

    @TempDir Path temporary;

    @Test
    void callsLeaveNothingBehind() throws IOException {
        try (RewardModel model = TinyReward.open(temporary)) {
            List<PromptImage> pairs = TinyReward.pairs(6);
            score(model, pairs, WARM_UP);
            int tensors = liveTensors();
            long memory = residentMebibytes();
            score(model, pairs, CALLS);
            assertThat(liveTensors()).isEqualTo(tensors);
            assertThat(residentMebibytes() - memory).isLessThan(MEBIBYTES);
        }
    }

    private static void score(RewardModel model, List<PromptImage> pairs, int calls) {
        for (int i = 0; i < calls; i++) {
            assertThat(model.score(pairs.get(i % pairs.size())).value()).isFinite();
        }
    }

    /** Every array that any manager of the process holds. */
    private static int liveTensors() {
        try (NDManager manager = Torch.manager(Device.cpu())) {
            return manager.getParentManager().getManagedArrays().size();
        }
    }

    /** Resident memory once the heap has been given back; 0 where the system does not tell. */
    private static long residentMebibytes() throws IOException {
        System.gc();
        Path status = Path.of("/proc/self/status");
        return !Files.isReadable(status)
                ? 0
                : Files.readString(status)
                        .lines()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                        .findFirst()
                        .orElseThrow();
    }
}
