package io.github.icthp.train.pickhigh;

import com.google.common.hash.Hashing;
import com.google.common.util.concurrent.RateLimiter;
import com.google.gson.JsonParseException;

import io.github.icthp.files.DurableFiles;
import io.github.icthp.files.FolderFiles;
import io.github.icthp.train.pickhigh.LanguageModel.Answer;
import io.github.icthp.train.pickhigh.LanguageModelException.Kind;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Asks a language model as a guest should: at a bounded rate, again after a growing pause where
 * that may help, and nothing twice, as answers are kept by their question. Safe for many threads.
 *
 * <p>Once so many requests in a row got no answer that the server seems to be gone, it stops.
 */
final class Asker {

    private static final int GONE = 50;

    private final LanguageModel model;
    private final Path cache;
    private final int tries;
    private final Pauses pauses;
    private final @Nullable RateLimiter rate;
    private final AtomicInteger unanswered = new AtomicInteger();

    /**
     * Makes an asker.
     *
     * @param tries how often a question is put at most
     * @param pauses between times
     * @param perMinute at most so many requests; 0 for no limit
     */
    Asker(LanguageModel model, Path cache, int tries, Pauses pauses, double perMinute) {
        this.model = model;
        this.cache = cache;
        this.tries = tries;
        this.pauses = pauses;
        this.rate = perMinute > 0 ? RateLimiter.create(perMinute / 60) : null;
    }

    String name() {
        return model.name();
    }

    /** Returns the answer, from the cache if the same was asked before. */
    Answer ask(Templates.Question question) throws LanguageModelException {
        Path file = file(question);
        Answer known = known(file);
        if (known != null) {
            return known;
        }
        Answer answer = asked(question);
        try {
            FolderFiles.make(file.getParent());
            DurableFiles.write(file, StepFolder.GSON.toJson(answer));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep an answer in " + file, e);
        }
        return answer;
    }

    private Answer asked(Templates.Question question) throws LanguageModelException {
        for (int attempt = 1; ; attempt++) {
            Duration wait;
            try {
                if (rate != null) {
                    rate.acquire();
                }
                Answer answer = model.ask(question.instructions(), question.request());
                unanswered.set(0);
                return answer;
            } catch (LanguageModelException e) {
                if (e.kind() == Kind.EVERY_REQUEST) {
                    throw e;
                }
                if (e.kind() == Kind.REQUEST || attempt >= tries) {
                    throw last(e, attempt);
                }
                wait = e.retryAfter();
            }
            pauses.after(attempt, wait);
        }
    }

    private LanguageModelException last(LanguageModelException e, int attempts) {
        if (e.kind() == Kind.TRANSIENT && unanswered.incrementAndGet() >= GONE) {
            return new LanguageModelException(
                    Kind.EVERY_REQUEST,
                    GONE + " requests in a row got no answer; the last: " + e.getMessage());
        }
        return new LanguageModelException(
                Kind.REQUEST,
                "no answer in "
                        + attempts
                        + (attempts == 1 ? " try: " : " tries: ")
                        + e.getMessage());
    }

    private Path file(Templates.Question question) {
        String key =
                Hashing.sha256()
                        .newHasher()
                        .putString(model.name(), StandardCharsets.UTF_8)
                        .putByte((byte) 0)
                        .putString(question.instructions(), StandardCharsets.UTF_8)
                        .putByte((byte) 0)
                        .putString(question.request(), StandardCharsets.UTF_8)
                        .hash()
                        .toString();
        return cache.resolve(key.substring(0, 2)).resolve(key + ".json");
    }

    private static @Nullable Answer known(Path file) {
        try {
            return Files.exists(file)
                    ? StepFolder.GSON.fromJson(Files.readString(file), Answer.class)
                    : null;
        } catch (IOException | JsonParseException e) {
            throw new IllegalStateException(
                    "the kept answer " + file + " cannot be read (" + e + "); delete it", e);
        }
    }
}
