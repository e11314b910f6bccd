package io.github.icthp.weights;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Map;
import java.util.Set;

/**
 * Weights under other names, closed with the originals.
 *
 * @param originals open weights
 * @param saved what each name is called in them
 */
record RenamedWeights(Weights originals, Map<String, String> saved) implements Weights {

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(saved.keySet());
    }

    @Override
    public TensorInfo info(String name) {
        return originals.info(original(name)).withName(name);
    }

    @Override
    public ByteBuffer data(String name) {
        return originals.data(original(name));
    }

    @Override
    public void read(String name, long offset, ByteBuffer target) {
        originals.read(original(name), offset, target);
    }

    @Override
    public Map<String, String> metadata() {
        return originals.metadata();
    }

    @Override
    public String source() {
        return originals.source();
    }

    @Override
    public void close() {
        originals.close();
    }

    private String original(String name) {
        String original = saved.get(name);
        if (original == null) {
            throw Names.unknown(this, name);
        }
        return original;
    }
}
