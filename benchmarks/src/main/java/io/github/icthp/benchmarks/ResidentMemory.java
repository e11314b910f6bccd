package io.github.icthp.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Resident memory of this process, as Linux counts it. */
final class ResidentMemory {

    private ResidentMemory() {}

    /** The largest it has been, or -1 where the system does not tell. */
    static long peakMib() throws IOException {
        return mib("VmHWM:");
    }

    /** What it is now, or -1 where the system does not tell. */
    static long mib() throws IOException {
        return mib("VmRSS:");
    }

    /** Makes the largest it has been what it is now. */
    static void resetPeak() throws IOException {
        Files.writeString(Path.of("/proc/self/clear_refs"), "5");
    }

    private static long mib(String field) throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return -1;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith(field))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElse(-1);
    }
}
