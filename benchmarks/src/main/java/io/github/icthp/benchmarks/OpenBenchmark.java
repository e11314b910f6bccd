package io.github.icthp.benchmarks;

import ai.djl.Device;

import com.sun.jna.Native;

import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.TensorReader;
import io.github.icthp.weights.Weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Times the opening of a checkpoint beside {@code cat}: as tensors over the file's map, and with
 * every value read once, from the disk and from the system's cache. Needs a Unix.
 */
public final class OpenBenchmark {

    private static final int CHUNK = 4 << 20;
    private static final int READ_ONLY = 0;
    private static final int DONT_NEED = 4;

    private OpenBenchmark() {}

    /** The system's calls that drop a file from its cache. */
    private static final class LibC {
        static {
            Native.register("c");
        }

        static native int open(String path, int flags);

        static native int fsync(int file);

        static native int posix_fadvise(int file, long offset, long length, int advice);

        static native int close(int file);

        private LibC() {}
    }

    /** What is timed. */
    @FunctionalInterface
    private interface Body {
        void run() throws IOException, InterruptedException;
    }

    /**
     * Runs the benchmark and prints two JSON lines: cold and warm.
     *
     * @param args the checkpoint; the number of rounds
     * @throws Exception if the file cannot be read
     */
    public static void main(String[] args) throws Exception {
        if (args.length != 2) {
            System.err.println("usage: OpenBenchmark FILE ROUNDS");
            System.exit(2);
        }
        Path file = Path.of(args[0]);
        open(file);
        for (boolean cold : new boolean[] {true, false}) {
            List<Double> cat = new ArrayList<>();
            List<Double> open = new ArrayList<>();
            List<Double> read = new ArrayList<>();
            for (int round = 0; round < Integer.parseInt(args[1]); round++) {
                cat.add(seconds(file, cold, () -> cat(file)));
                open.add(seconds(file, cold, () -> open(file)));
                read.add(seconds(file, cold, () -> read(file)));
            }
            System.out.printf(
                    Locale.ROOT,
                    "{\"cache\": \"%s\", \"bytes\": %d, \"cat_s\": %s, \"open_s\": %s,"
                            + " \"open_and_read_s\": %s}%n",
                    cold ? "cold" : "warm",
                    Files.size(file),
                    cat,
                    open,
                    read);
        }
    }

    private static double seconds(Path file, boolean cold, Body body)
            throws IOException, InterruptedException {
        if (cold) {
            dropFromCache(file);
        }
        long start = System.nanoTime();
        body.run();
        return Math.round((System.nanoTime() - start) / 1e6) / 1e3;
    }

    private static void dropFromCache(Path file) {
        int descriptor = LibC.open(file.toString(), READ_ONLY);
        int written = LibC.fsync(descriptor);
        int dropped = LibC.posix_fadvise(descriptor, 0, 0, DONT_NEED);
        int closed = LibC.close(descriptor);
        if (descriptor < 0 || written != 0 || dropped != 0 || closed != 0) {
            throw new IllegalStateException(
                    "OpenBenchmark: cannot drop " + file + " from the cache");
        }
    }

    private static void cat(Path file) throws IOException, InterruptedException {
        Process cat =
                new ProcessBuilder("cat", file.toString())
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        if (cat.waitFor() != 0) {
            throw new IOException("OpenBenchmark: cat failed");
        }
    }

    /** Every tensor, over the file's map. */
    private static void open(Path file) {
        TensorScope scope = TensorScope.open(Device.cpu());
        try (scope;
                Weights weights = Weights.open(file)) {
            for (String name : weights.names()) {
                var info = weights.info(name);
                var unused =
                        Tensors.wrap(weights.data(name), TensorReader.dtype(info), info.shape());
            }
        }
    }

    /** Every value, once. */
    private static void read(Path file) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
        try (Weights weights = Weights.open(file)) {
            for (String name : weights.names()) {
                long size = weights.info(name).bytes();
                for (long offset = 0; offset < size; offset += CHUNK) {
                    weights.read(
                            name,
                            offset,
                            buffer.clear().limit((int) Math.min(CHUNK, size - offset)));
                }
            }
        }
    }
}
