package io.github.icthp;

import com.google.common.collect.AbstractIterator;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Scores pairs in order: two batches of images are decoding or decoded ahead of the batch that the
 * networks are computing.
 */
final class ScoreIterator extends AbstractIterator<RewardScore> implements AutoCloseable {

    private static final int BATCHES_AHEAD = 2;

    private final RewardModel model;
    private final Iterator<PromptImage> pairs;
    private final int batch;
    private final ArrayDeque<Decoding> decoding = new ArrayDeque<>();
    private final ArrayDeque<Batch> computing = new ArrayDeque<>();
    private final ArrayDeque<RewardScore> ready = new ArrayDeque<>();
    private @Nullable Decoding latest;

    ScoreIterator(RewardModel model, Iterator<PromptImage> pairs, int batch) {
        this.model = model;
        this.pairs = pairs;
        this.batch = batch;
    }

    private record Decoding(PromptImage pair, CompletableFuture<ByteBuffer> pixels) {}

    /** Pairs of a batch, each with what it failed by, and the parts of those that did not. */
    private record Batch(
            List<PromptImage> pairs,
            List<@Nullable RuntimeException> failures,
            CompletableFuture<double[][]> parts) {}

    @Override
    protected @Nullable RewardScore computeNext() {
        while (ready.isEmpty()) {
            fill();
            if (computing.size() < 2 && !decoding.isEmpty()) {
                computing.add(submit());
                if (computing.size() < 2) {
                    continue;
                }
            }
            if (computing.isEmpty()) {
                return endOfData();
            }
            collect(computing.remove());
        }
        return ready.remove();
    }

    private void fill() {
        while (decoding.size() < BATCHES_AHEAD * batch && pairs.hasNext()) {
            PromptImage pair = pairs.next();
            latest =
                    latest != null && latest.pair().image().equals(pair.image())
                            ? new Decoding(pair, latest.pixels())
                            : new Decoding(pair, model.preprocessor().start(pair.image()));
            decoding.add(latest);
        }
    }

    private Batch submit() {
        List<PromptImage> members = new ArrayList<>();
        List<@Nullable RuntimeException> failures = new ArrayList<>();
        List<ByteBuffer> pixels = new ArrayList<>();
        List<String> prompts = new ArrayList<>();
        while (members.size() < batch && !decoding.isEmpty()) {
            Decoding next = decoding.remove();
            members.add(next.pair());
            try {
                pixels.add(InferenceExecutor.await(next.pixels()));
                prompts.add(next.pair().prompt());
                failures.add(null);
            } catch (RuntimeException e) {
                failures.add(e);
            }
            fill();
        }
        CompletableFuture<double[][]> parts =
                pixels.isEmpty()
                        ? CompletableFuture.completedFuture(new double[0][])
                        : model.scorer().start(pixels, prompts);
        return new Batch(members, failures, parts);
    }

    private void collect(Batch done) {
        double[][] parts = InferenceExecutor.await(done.parts());
        int scored = 0;
        for (int i = 0; i < done.pairs().size(); i++) {
            RuntimeException failure = done.failures().get(i);
            PromptImage pair = done.pairs().get(i);
            ready.add(
                    failure == null
                            ? model.scored(pair, parts[scored++])
                            : model.failed(pair, failure));
        }
    }

    /** Gives up what has not been asked for. */
    @Override
    public void close() {
        decoding.forEach(d -> d.pixels().cancel(false));
        decoding.clear();
        computing.clear();
    }
}
