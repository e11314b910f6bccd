package io.github.icthp.mask2former;

import ai.djl.ndarray.types.Shape;

import com.google.common.collect.ImmutableListMultimap;

import io.github.icthp.weights.TensorInfo;
import io.github.icthp.weights.Weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Tensors of open weights under other names, some of them stacked along their first dimension. */
final class StackedWeights implements Weights {

    private final Weights weights;
    private final ImmutableListMultimap<String, String> parts;

    /**
     * Renames and stacks.
     *
     * @param weights open weights, closed with this view
     * @param parts by new name, the tensors that make it up; an empty name stands for a missing one
     */
    StackedWeights(Weights weights, Map<String, List<String>> parts) {
        this.weights = weights;
        ImmutableListMultimap.Builder<String, String> whole = ImmutableListMultimap.builder();
        parts.forEach(
                (name, of) -> {
                    // In part, each keeps its own name: loading then says what is missing.
                    if (of.contains("") || !alike(of)) {
                        of.stream().filter(p -> !p.isEmpty()).forEach(p -> whole.put(p, p));
                    } else {
                        whole.putAll(name, of);
                    }
                });
        this.parts = whole.build();
    }

    private boolean alike(List<String> of) {
        return of.size() == 1
                || of.stream().map(name -> weights.info(name).withName("")).distinct().count() == 1;
    }

    @Override
    public Set<String> names() {
        return parts.keySet();
    }

    @Override
    public TensorInfo info(String name) {
        List<String> of = parts.get(name);
        if (of.isEmpty()) {
            return weights.info(name);
        }
        TensorInfo first = weights.info(of.get(0));
        if (of.size() == 1) {
            return first.withName(name);
        }
        long[] shape = first.shape().getShape().clone();
        shape[0] *= of.size();
        return new TensorInfo(name, first.type(), new Shape(shape));
    }

    @Override
    public ByteBuffer data(String name) {
        List<String> of = parts.get(name);
        if (of.size() <= 1) {
            return weights.data(of.isEmpty() ? name : of.get(0));
        }
        ByteBuffer whole = ByteBuffer.allocateDirect(Math.toIntExact(info(name).bytes()));
        of.forEach(part -> whole.put(weights.data(part)));
        return whole.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Reads what is asked for, tensor by tensor: a map of the file would stay resident. */
    @Override
    public void read(String name, long offset, ByteBuffer target) {
        List<String> of = parts.get(name);
        if (of.size() <= 1) {
            weights.read(of.isEmpty() ? name : of.get(0), offset, target);
            return;
        }
        long size = weights.info(of.get(0)).bytes();
        long at = offset;
        while (target.hasRemaining()) {
            int part = Math.toIntExact(at / size);
            if (part >= of.size()) {
                throw new IllegalArgumentException(
                        info(name)
                                + ": cannot read from byte "
                                + at
                                + ", the tensor has "
                                + info(name).bytes());
            }
            int length = (int) Math.min(target.remaining(), size - at % size);
            ByteBuffer slice = target.slice(target.position(), length).order(target.order());
            weights.read(of.get(part), at % size, slice);
            target.position(target.position() + length);
            at += length;
        }
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
