package io.github.icthp.weights;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Some tensors of other weights, perhaps under other names. */
public record SomeWeights(Weights all, Map<String, String> saved) implements Weights {

    public SomeWeights(Weights all, Collection<String> names) {
        this(all, same(names));
    }

    private static Map<String, String> same(Collection<String> names) {
        Map<String, String> same = new LinkedHashMap<>();
        names.forEach(name -> same.put(name, name));
        return same;
    }

    @Override
    public Set<String> names() {
        return saved.keySet();
    }

    @Override
    public TensorInfo info(String name) {
        return all.info(saved.get(name)).withName(name);
    }

    @Override
    public ByteBuffer data(String name) {
        return all.data(saved.get(name));
    }

    @Override
    public Map<String, String> metadata() {
        return all.metadata();
    }

    @Override
    public String source() {
        return all.source();
    }

    @Override
    public void close() {
        // The weights are their owner's.
    }
}
