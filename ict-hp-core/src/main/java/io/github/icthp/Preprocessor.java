package io.github.icthp;

import io.github.icthp.image.ImageDecodeException;
import io.github.icthp.reward.PicturePreparation;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** Turns pictures into prepared pixels, on the caller's thread or ahead on a pool. */
final class Preprocessor implements AutoCloseable {

    private final PicturePreparation pictures;
    private final ExecutorService pool;

    Preprocessor(PicturePreparation pictures) {
        this.pictures = pictures;
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

    /** Reads a picture: 3·S·S prepared values, float32. */
    ByteBuffer read(ImageSource image) {
        ByteBuffer values = allocate(image).order(ByteOrder.nativeOrder());
        pictures.prepare(image.input(), values);
        return values;
    }

    /** A full heap fails the picture: others are done with theirs later. */
    private ByteBuffer allocate(ImageSource image) {
        try {
            return ByteBuffer.allocate(3 * pictures.side() * pictures.side() * Float.BYTES);
        } catch (OutOfMemoryError e) {
            throw new ImageDecodeException(image.name(), e);
        }
    }

    /** Starts reading a picture. */
    CompletableFuture<ByteBuffer> start(ImageSource image) {
        try {
            return CompletableFuture.supplyAsync(() -> read(image), pool);
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("RewardModel: closed; build a new one", e);
        }
    }

    /** Takes no more pictures; those that were started are read, since someone waits for them. */
    @Override
    public void close() {
        pool.shutdown();
    }
}
