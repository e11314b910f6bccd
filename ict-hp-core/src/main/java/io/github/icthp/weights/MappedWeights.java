package io.github.icthp.weights;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Tensors that lie contiguous and little-endian in one file: each is mapped when asked for. */
final class MappedWeights implements Weights {

    private final FileChannel channel;
    private final String source;
    private final Map<String, Extent> extents;
    private final Map<String, String> metadata;

    /** A tensor and the position of its first byte in the file. */
    record Extent(TensorInfo info, long position) {}

    /** Takes over the channel: it is closed with these weights. */
    MappedWeights(
            FileChannel channel,
            String source,
            Map<String, Extent> extents,
            Map<String, String> metadata) {
        this.channel = channel;
        this.source = source;
        this.extents = Collections.unmodifiableMap(new LinkedHashMap<>(extents));
        this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    @Override
    public Set<String> names() {
        return extents.keySet();
    }

    @Override
    public TensorInfo info(String name) {
        return extent(name).info();
    }

    @Override
    public ByteBuffer data(String name) {
        Extent extent = extent(name);
        TensorInfo info = extent.info();
        if (info.bytes() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    source
                            + ": "
                            + info
                            + " has "
                            + info.bytes()
                            + " bytes, one buffer holds at most "
                            + Integer.MAX_VALUE
                            + "; use read(name, offset, target)");
        }
        if (info.bytes() == 0) {
            return ByteBuffer.allocateDirect(0).order(ByteOrder.LITTLE_ENDIAN);
        }
        int unit = Math.max(1, info.type().bits() / Byte.SIZE);
        if (extent.position() % unit != 0) {
            ByteBuffer aligned = ByteBuffer.allocateDirect((int) info.bytes());
            read(name, 0, aligned);
            return aligned.flip().order(ByteOrder.LITTLE_ENDIAN);
        }
        try {
            return channel.map(FileChannel.MapMode.READ_ONLY, extent.position(), info.bytes())
                    .order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw failure(info, e);
        }
    }

    @Override
    public void read(String name, long offset, ByteBuffer target) {
        Extent extent = extent(name);
        extent.info().requireRange(offset, target.remaining());
        long position = extent.position() + offset;
        try {
            while (target.hasRemaining()) {
                int count = channel.read(target, position);
                if (count < 0) {
                    throw new EOFException("the file became shorter after it was opened");
                }
                position += count;
            }
        } catch (IOException e) {
            throw failure(extent.info(), e);
        }
    }

    @Override
    public Map<String, String> metadata() {
        return metadata;
    }

    @Override
    public String source() {
        return source;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close " + source, e);
        }
    }

    private Extent extent(String name) {
        Extent extent = extents.get(name);
        if (extent == null) {
            throw Names.unknown(this, name);
        }
        return extent;
    }

    private RuntimeException failure(TensorInfo info, IOException e) {
        if (e instanceof ClosedChannelException) {
            return new IllegalStateException(
                    "cannot read " + info + ": the weights of " + source + " are closed", e);
        }
        return new UncheckedIOException("cannot read " + info + " of " + source, e);
    }
}
