package io.github.icthp.blip;

import com.google.common.collect.ImmutableMap;

import io.github.icthp.weights.TensorInfo;
import io.github.icthp.weights.Weights;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Some tensors of open weights under other names; values stay where they are. */
final class RenamedWeights implements Weights {

    private final Weights weights;
    private final ImmutableMap<String, String> stored;

    /**
     * Renames tensors.
     *
     * @param weights open weights, closed with this view
     * @param rename a tensor's new name, by its old one; nothing leaves it out
     */
    RenamedWeights(Weights weights, Function<String, Optional<String>> rename) {
        this.weights = weights;
        Map<String, String> names = new LinkedHashMap<>();
        for (String name : weights.names()) {
            // Of two that would share a name, the second keeps its own: loading then refuses it.
            rename.apply(name)
                    .ifPresent(other -> names.put(names.containsKey(other) ? name : other, name));
        }
        this.stored = ImmutableMap.copyOf(names);
    }

    @Override
    public Set<String> names() {
        return stored.keySet();
    }

    @Override
    public TensorInfo info(String name) {
        return weights.info(stored(name)).withName(name);
    }

    @Override
    public ByteBuffer data(String name) {
        return weights.data(stored(name));
    }

    @Override
    public void read(String name, long offset, ByteBuffer target) {
        weights.read(stored(name), offset, target);
    }

    private String stored(String name) {
        return stored.getOrDefault(name, name);
    }

    @Override
    public Map<String, String> metadata() {
        return weights.metadata();
    }

    @Override
    public String source() {
        return weights.source();
    }

    @Override
    public void close() {
        weights.close();
    }
}
