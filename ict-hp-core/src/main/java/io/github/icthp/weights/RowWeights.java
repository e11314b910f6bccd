package io.github.icthp.weights;

import ai.djl.ndarray.types.Shape;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Weights under other names, made of rows of the originals: a view, closed with them.
 *
 * <p>Rows that lie together stay where they are, memory-mapped; others are copied when read.
 */
final class RowWeights implements Weights {

    private final Weights originals;
    private final Map<String, List<Rows>> parts;
    private final Map<String, TensorInfo> infos = new LinkedHashMap<>();

    RowWeights(Weights originals, Map<String, List<Rows>> parts) {
        this.originals = originals;
        this.parts = Collections.unmodifiableMap(parts);
        parts.forEach((name, rows) -> infos.put(name, describe(name, rows)));
    }

    private TensorInfo describe(String name, List<Rows> rows) {
        TensorInfo first = originals.info(rows.get(0).original());
        if (rows.equals(List.of(Rows.all(first)))) {
            return first.withName(name);
        }
        long[] shape = first.shape().getShape().clone();
        for (Rows part : rows) {
            if (shape.length == 0 || part.first() + part.count() > shape[0]) {
                throw new WeightsFormatException(
                        source() + ": " + first + " has no rows " + part + " for " + name);
            }
        }
        shape[0] = rows.stream().mapToLong(Rows::count).sum();
        return new TensorInfo(name, first.type(), new Shape(shape));
    }

    @Override
    public Set<String> names() {
        return parts.keySet();
    }

    @Override
    public TensorInfo info(String name) {
        TensorInfo info = infos.get(name);
        if (info == null) {
            throw Names.unknown(this, name);
        }
        return info;
    }

    @Override
    public ByteBuffer data(String name) {
        long rowBytes = rowBytes(name);
        List<Rows> rows = parts.get(name);
        if (rows.size() == 1) {
            Rows only = rows.get(0);
            return originals
                    .data(only.original())
                    .slice((int) (only.first() * rowBytes), (int) (only.count() * rowBytes))
                    .order(ByteOrder.LITTLE_ENDIAN);
        }
        ByteBuffer whole = ByteBuffer.allocateDirect(Math.toIntExact(info(name).bytes()));
        read(name, 0, whole);
        return whole.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Reads what is asked for, part by part: a map of the file would stay resident. */
    @Override
    public void read(String name, long offset, ByteBuffer target) {
        info(name).requireRange(offset, target.remaining());
        long rowBytes = rowBytes(name);
        int limit = target.limit();
        long start = 0;
        for (Rows part : parts.get(name)) {
            long end = start + part.count() * rowBytes;
            long from = Math.max(offset, start);
            long length = Math.min(end - from, limit - target.position());
            if (from < end && length > 0 && offset + (limit - target.position()) > start) {
                target.limit(target.position() + (int) length);
                originals.read(part.original(), part.first() * rowBytes + from - start, target);
                target.limit(limit);
                offset = from + length;
            }
            start = end;
        }
    }

    private long rowBytes(String name) {
        TensorInfo info = info(name);
        long rows = info.shape().dimension() == 0 ? 1 : info.shape().get(0);
        return rows == 0 ? 0 : info.bytes() / rows;
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
}
