package io.github.icthp.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.ImageSource;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

@Timeout(60)
class TripletLoaderTest {

    /** Fills a picture with its name's number, after a random nap that must not matter. */
    private static final PixelReader NUMBERS = new Numbers();

    @TempDir private Path folder;

    private static class Numbers implements PixelReader {
        @Override
        public int bytesPerImage() {
            return 12 * Float.BYTES;
        }

        @Override
        public void read(ImageSource image, ByteBuffer pixels) throws IOException {
            LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(100_000));
            float value = Float.parseFloat(image.name());
            for (int i = 0; i < 12; i++) {
                pixels.putFloat(value + i / 16f);
            }
        }
    }

    @Test
    void batchesHoldRowsInOrderAndPixelsByRank() {
        try (TripletLoader loader =
                TripletLoader.of(CountingDataset.of(5), NUMBERS).batchSize(2).epochs(1).build()) {
            try (TripletBatch batch = loader.next()) {
                assertThat(rows(batch)).containsExactly(0L, 1L);
                assertThat(pixels(batch)).isEqualTo(expectedPixels(0, 1));
                assertThat(batch.pixels().isDirect()).isTrue();
                assertThat(batch.resumeAt()).isEqualTo(new LoaderCursor(0, 2));
            }
            loader.next().close();
            try (TripletBatch last = loader.next()) {
                assertThat(rows(last)).containsExactly(4L);
                assertThat(pixels(last)).isEqualTo(expectedPixels(4));
                assertThat(last.resumeAt()).isEqualTo(new LoaderCursor(1, 0));
            }
            assertThat(loader.hasNext()).isFalse();
            assertThatThrownBy(loader::next).isInstanceOf(NoSuchElementException.class);
        }
    }

    @Test
    void dropLastLeavesOutWhatDoesNotFillABatch() {
        try (TripletLoader loader =
                TripletLoader.of(CountingDataset.of(5), NUMBERS)
                        .batchSize(2)
                        .dropLast()
                        .epochs(2)
                        .build()) {
            assertThat(drain(loader))
                    .containsExactly(
                            List.of(0L, 1L), List.of(2L, 3L), List.of(0L, 1L), List.of(2L, 3L));
        }
    }

    @Test
    void orderDependsOnNeitherThreadsNorPrefetch() {
        List<List<Long>> one = drain(shuffled(101, 7).threads(1).prefetch(1).epochs(3).build());
        List<List<Long>> many = drain(shuffled(101, 7).threads(8).prefetch(5).epochs(3).build());
        assertThat(many).isEqualTo(one);
        List<Long> firstPass = flat(one).subList(0, 101);
        assertThat(firstPass).doesNotHaveDuplicates().isNotEqualTo(flat(one).subList(101, 202));
    }

    @Test
    void resumingAtAnyBatchGoesOnExactly() {
        for (boolean drop : new boolean[] {false, true}) {
            List<LoaderCursor> places = new ArrayList<>();
            List<List<Long>> whole = new ArrayList<>();
            try (TripletLoader loader = run(drop).build()) {
                loader.forEachRemaining(
                        batch -> {
                            whole.add(rows(batch));
                            places.add(batch.resumeAt());
                            batch.close();
                        });
            }
            for (int i = 0; i < places.size(); i++) {
                assertThat(drain(run(drop).startAt(places.get(i)).build()))
                        .isEqualTo(whole.subList(i + 1, whole.size()));
            }
        }
    }

    private static TripletLoaderBuilder run(boolean drop) {
        TripletLoaderBuilder run =
                TripletLoader.of(CountingDataset.of(11, 3L, 7L, 8L), NUMBERS)
                        .shuffle(5)
                        .batchSize(3)
                        .epochs(3)
                        .badRows(bad -> {});
        return drop ? run.dropLast() : run;
    }

    @Test
    void badRowsEndTheRunAtTheirPlace() {
        try (TripletLoader loader =
                TripletLoader.of(CountingDataset.of(9, 4L, 5L), NUMBERS).batchSize(2).build()) {
            loader.next().close();
            loader.next().close();
            assertThatThrownBy(loader::next)
                    .isInstanceOf(BadRowException.class)
                    .hasMessageContaining("row 4, column E1");
        }
    }

    @Test
    void skippedRowsAreReplacedCountedAndListedOnce() throws IOException {
        Path list = folder.resolve("run").resolve("bad.jsonl");
        for (int resumed = 0; resumed < 2; resumed++) {
            BadRowLog log = new BadRowLog(list);
            try (TripletLoader loader =
                    TripletLoader.of(CountingDataset.of(6, 1L, 4L), NUMBERS)
                            .batchSize(2)
                            .epochs(2)
                            .badRows(log)
                            .build()) {
                assertThat(drain(loader).subList(0, 2))
                        .containsExactly(List.of(0L, 2L), List.of(3L, 5L));
            }
            assertThat(log.count()).isEqualTo(2);
        }
        assertThat(Files.readAllLines(list))
                .containsExactly(
                        "{\"row\":1,\"column\":\"E1\",\"problem\":\"marked bad\"}",
                        "{\"row\":4,\"column\":\"E1\",\"problem\":\"marked bad\"}");
    }

    @Test
    void aPictureThatCannotBeDecodedIsABadRow() {
        PixelReader picky =
                new Numbers() {
                    @Override
                    public void read(ImageSource image, ByteBuffer pixels) throws IOException {
                        if (image.name().equals("22")) {
                            throw new IOException("cut short");
                        }
                        if (image.name().equals("31")) {
                            throw new ArrayIndexOutOfBoundsException(-1);
                        }
                        if (image.name().equals("50")) {
                            throw new OutOfMemoryError("Java heap space");
                        }
                        if (image.name().equals("62")) {
                            throw new NoClassDefFoundError("codec/Reader");
                        }
                        super.read(image, pixels);
                    }
                };
        List<String> seen = new ArrayList<>();
        try (TripletLoader loader =
                TripletLoader.of(CountingDataset.of(8), picky)
                        .epochs(1)
                        .badRows(bad -> seen.add(bad.row() + " " + bad.column()))
                        .build()) {
            assertThat(flat(drain(loader))).containsExactly(0L, 1L, 4L, 7L);
        }
        assertThat(seen)
                .containsExactly(
                        "2 refine_image", "3 easy_image_1", "5 easy_image_0", "6 refine_image");
    }

    @Test
    void aRunWithoutAnyBatchEnds() {
        try (TripletLoader loader =
                TripletLoader.of(CountingDataset.of(2, 0L, 1L), NUMBERS)
                        .badRows(bad -> {})
                        .build()) {
            assertThatThrownBy(loader::hasNext)
                    .isInstanceOf(DatasetException.class)
                    .hasMessageContaining("no batch");
        }
        try (TripletLoader loader =
                TripletLoader.of(CountingDataset.of(2), NUMBERS).batchSize(3).dropLast().build()) {
            assertThatThrownBy(loader::hasNext).isInstanceOf(DatasetException.class);
        }
        try (TripletLoader loader =
                TripletLoader.of(CountingDataset.of(0), NUMBERS).shuffle(1).build()) {
            assertThat(loader.hasNext()).isFalse();
        }
    }

    @Test
    void anEndlessDataSetGoesOnWithoutPasses() {
        PreferenceDataset endless = new CountingDataset(OptionalLong.empty(), Set.of());
        try (TripletLoader loader =
                TripletLoader.of(endless, NUMBERS)
                        .batchSize(3)
                        .startAt(new LoaderCursor(0, 5_000_000_000L))
                        .build()) {
            try (TripletBatch batch = loader.next()) {
                assertThat(rows(batch))
                        .containsExactly(5_000_000_000L, 5_000_000_001L, 5_000_000_002L);
                assertThat(batch.resumeAt()).isEqualTo(new LoaderCursor(0, 5_000_000_003L));
            }
        }
        assertThatThrownBy(() -> TripletLoader.of(endless, NUMBERS).shuffle(1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void settingsAreChecked() {
        TripletLoaderBuilder settings = TripletLoader.of(CountingDataset.of(4), NUMBERS);
        assertThatThrownBy(() -> settings.batchSize(0)).hasMessageContaining("batchSize");
        assertThatThrownBy(() -> settings.prefetch(-1)).hasMessageContaining("-1");
        assertThatThrownBy(() -> settings.startAt(new LoaderCursor(0, 4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4 rows");
    }

    @Test
    void decodesNoFurtherAheadThanAsked() throws InterruptedException {
        AtomicInteger pictures = new AtomicInteger();
        PixelReader counting =
                new Numbers() {
                    @Override
                    public void read(ImageSource image, ByteBuffer pixels) throws IOException {
                        pictures.incrementAndGet();
                        super.read(image, pixels);
                    }
                };
        try (TripletLoader loader =
                TripletLoader.of(CountingDataset.of(1_000_000), counting)
                        .batchSize(4)
                        .prefetch(2)
                        .build()) {
            loader.next().close();
            // At the last wait 8 rows were under way and the window was full: 4 taken, 8 ahead less
            // the one that is handed out only at the next call.
            int most = 3 * (4 + 8);
            for (int i = 0; i < 20; i++) {
                Thread.sleep(2);
                assertThat(pictures.get()).isLessThanOrEqualTo(most);
            }
        }
    }

    @Test
    void anInterruptedWaitIsCancelledAndCloseLeavesNoThread() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        PixelReader stuck =
                new Numbers() {
                    @Override
                    public void read(ImageSource image, ByteBuffer pixels) throws IOException {
                        inside.countDown();
                        try {
                            never.await();
                        } catch (InterruptedException e) {
                            throw new IOException("stopped", e);
                        }
                    }
                };
        TripletLoader loader = TripletLoader.of(CountingDataset.of(50), stuck).threads(3).build();
        List<Throwable> thrown = new ArrayList<>();
        Thread taker =
                new Thread(
                        () -> {
                            try {
                                loader.next();
                            } catch (CancellationException e) {
                                thrown.add(e);
                            }
                        });
        taker.start();
        inside.await();
        taker.interrupt();
        taker.join();
        assertThat(thrown).hasSize(1);
        List<Thread> workers = decodeThreads();
        assertThat(workers).isNotEmpty();
        loader.close();
        for (Thread worker : workers) {
            // A worker has left its last task when close returns, and ends by itself.
            worker.join();
        }
    }

    @Test
    void aBatchKeepsItsPixelsUntilItIsClosed() {
        try (TripletLoader loader =
                TripletLoader.of(CountingDataset.of(8), NUMBERS).batchSize(2).build()) {
            TripletBatch kept = loader.next();
            for (int i = 0; i < 10; i++) {
                loader.next().close();
            }
            assertThat(pixels(kept)).isEqualTo(expectedPixels(0, 1));
            kept.close();
            kept.close();
            TripletBatch one = loader.next();
            TripletBatch other = loader.next();
            assertThat(pixels(one)).isNotEqualTo(pixels(other));
        }
    }

    private static TripletLoaderBuilder shuffled(long size, long seed) {
        return TripletLoader.of(CountingDataset.of(size), NUMBERS).shuffle(seed).batchSize(4);
    }

    private static List<Thread> decodeThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t.getName().startsWith("ict-hp-decode"))
                .toList();
    }

    private static List<List<Long>> drain(TripletLoader loader) {
        List<List<Long>> batches = new ArrayList<>();
        try (loader) {
            while (loader.hasNext()) {
                try (TripletBatch batch = loader.next()) {
                    assertThat(pixels(batch)).isEqualTo(expectedPixels(ints(batch)));
                    batches.add(rows(batch));
                }
            }
        }
        return batches;
    }

    private static List<Long> flat(List<List<Long>> batches) {
        return batches.stream().flatMap(List::stream).toList();
    }

    private static List<Long> rows(TripletBatch batch) {
        return batch.triplets().stream().map(PreferenceTriplet::row).toList();
    }

    private static int[] ints(TripletBatch batch) {
        return rows(batch).stream().mapToInt(Math::toIntExact).toArray();
    }

    private static float[] pixels(TripletBatch batch) {
        FloatBuffer pixels = batch.pixels().asFloatBuffer();
        float[] values = new float[pixels.remaining()];
        pixels.get(values);
        return values;
    }

    private static float[] expectedPixels(int... rows) {
        float[] values = new float[3 * rows.length * 12];
        IntStream.range(0, values.length)
                .forEach(
                        i -> {
                            int rank = i / (rows.length * 12);
                            int row = rows[i / 12 % rows.length];
                            values[i] = row * 10 + rank + i % 12 / 16f;
                        });
        return values;
    }
}
