package io.github.icthp.train.spark;

import ai.djl.Device;

import com.google.common.base.Preconditions;

import io.github.icthp.RewardModel;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The models of one executor: each is loaded by the first task that asks, shared by all that ask
 * while it is there, and closed once no task has used it for a while and another one is needed, or
 * with the process.
 */
final class LoadedRewards {

    /** Between two jobs, or two stages of one, nobody uses a model. */
    private static final Duration IDLE = Duration.ofMinutes(1);

    private static final LoadedRewards OF_THIS_PROCESS = new LoadedRewards();

    private final Map<String, Shared> models = new HashMap<>();

    private LoadedRewards() {}

    private static final class Shared {
        private @Nullable RewardModel model;
        private int users;
        private long unusedSince;

        synchronized boolean load(SparkReward reward, Device device) {
            if (model != null) {
                return false;
            }
            model = reward.load(device);
            return true;
        }

        synchronized RewardModel model() {
            return Preconditions.checkNotNull(model);
        }

        synchronized void close() {
            if (model != null) {
                model.close();
            }
        }
    }

    /** A model that stays open until this is closed. */
    static final class Use implements AutoCloseable {

        private final Shared shared;
        private final boolean loaded;
        private boolean closed;

        private Use(Shared shared, boolean loaded) {
            this.shared = shared;
            this.loaded = loaded;
        }

        RewardModel model() {
            return shared.model();
        }

        /** Whether this use has loaded the model. */
        boolean loaded() {
            return loaded;
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                OF_THIS_PROCESS.release(shared);
            }
        }
    }

    /**
     * Borrows a model, which is loaded if it is not there.
     *
     * @throws IllegalStateException if it cannot be loaded; it names this machine
     */
    static Use use(SparkReward reward) {
        Device device = TaskDevice.of(reward.device());
        String key = reward + " as " + device;
        Shared shared = OF_THIS_PROCESS.borrow(key);
        try {
            boolean loaded = shared.load(reward, device);
            SparkReward.Measure expected = reward.measure();
            RewardModel model = shared.model();
            Preconditions.checkState(
                    model.kind().parts().equals(expected.parts()),
                    "expected a model with the parts %s, got one of %s",
                    expected.parts(),
                    model.kind());
            return new Use(shared, loaded);
        } catch (RuntimeException | LinkageError e) {
            OF_THIS_PROCESS.release(shared);
            throw new IllegalStateException(
                    String.format(
                            Locale.ROOT,
                            "SparkScoring: the executor on %s cannot load %s: %s; weights must be"
                                    + " there under the same path or in the hub's cache of every"
                                    + " executor (see docs/scale.md)",
                            host(),
                            reward,
                            e.getMessage() == null ? e : e.getMessage()),
                    e);
        }
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "this machine";
        }
    }

    private Shared borrow(String key) {
        List<Shared> unused = new ArrayList<>();
        Shared found;
        synchronized (this) {
            if (!models.containsKey(key)) {
                long now = System.nanoTime();
                models.values()
                        .removeIf(
                                other -> {
                                    boolean old =
                                            other.users == 0
                                                    && now - other.unusedSince > IDLE.toNanos();
                                    return old && unused.add(other);
                                });
            }
            found = models.computeIfAbsent(key, k -> new Shared());
            found.users++;
        }
        unused.forEach(Shared::close);
        return found;
    }

    private synchronized void release(Shared shared) {
        shared.users--;
        shared.unusedSince = System.nanoTime();
    }

    /** Closes what no task uses, so that a program's memory is free for something else. */
    static void closeUnused() {
        List<Shared> unused = new ArrayList<>();
        synchronized (OF_THIS_PROCESS) {
            OF_THIS_PROCESS
                    .models
                    .values()
                    .removeIf(shared -> shared.users == 0 && unused.add(shared));
        }
        unused.forEach(Shared::close);
    }
}
