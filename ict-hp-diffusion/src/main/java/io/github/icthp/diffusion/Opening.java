package io.github.icthp.diffusion;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/** Closes what was opened, unless all of it was. */
final class Opening implements AutoCloseable {

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    <T extends AutoCloseable> T add(Supplier<T> open) {
        T part = open.get();
        opened.push(part);
        return part;
    }

    void succeeded() {
        opened.clear();
    }

    @Override
    public void close() {
        for (AutoCloseable part : opened) {
            try {
                part.close();
            } catch (Exception e) {
                throw new IllegalStateException("DiffusionPipeline: closing failed", e);
            }
        }
    }
}
