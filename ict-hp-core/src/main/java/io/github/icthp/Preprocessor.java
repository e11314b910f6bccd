package io.github.icthp;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** Turns pictures into prepared pixels, on the caller's thread or ahead on a pool. */
final class Preprocessor implements AutoCloseable {

    private final Function<ImageSource, float[]> reader;
    private final ExecutorService pool;

    Preprocessor(Function<ImageSource, float[]> reader) {
        this.reader = reader;
        AtomicInteger count = new AtomicInteger();
        this.pool =
                Executors.newFixedThreadPool(
                        Runtime.getRuntime().availableProcessors(),
                        body -> {
                            Thread t =
                                    new Thread(body, "ict-hp-decoder-" + count.incrementAndGet());
                            t.setDaemon(true);
                            return t;
                        });
    }

    /** Reads a picture: 3·S·S prepared values. */
    float[] read(ImageSource image) {
        return reader.apply(image);
    }

    /** Starts reading a picture. */
    CompletableFuture<float[]> start(ImageSource image) {
        return CompletableFuture.supplyAsync(() -> read(image), pool);
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}
