package io.github.icthp.weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ClosedChannelException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Tensors over something open, usually a file, which is closed with these weights. */
final class StoredWeights implements Weights {

    private final Channel channel;
    private final String source;
    private final Map<String, StoredTensor> tensors;
    private final Map<String, String> metadata;

    StoredWeights(
            Channel channel,
            String source,
            Map<String, StoredTensor> tensors,
            Map<String, String> metadata) {
        this.channel = channel;
        this.source = source;
        this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    @Override
    public Set<String> names() {
        return tensors.keySet();
    }

    @Override
    public TensorInfo info(String name) {
        return tensor(name).info();
    }

    @Override
    public ByteBuffer data(String name) {
        StoredTensor tensor = tensor(name);
        TensorInfo info = tensor.info();
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
        requireOpen(info);
        try {
            return tensor.data();
        } catch (IOException e) {
            throw failure(info, e);
        }
    }

    @Override
    public void read(String name, long offset, ByteBuffer target) {
        StoredTensor tensor = tensor(name);
        tensor.info().requireRange(offset, target.remaining());
        requireOpen(tensor.info());
        try {
            tensor.read(offset, target);
        } catch (IOException e) {
            throw failure(tensor.info(), e);
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

    private StoredTensor tensor(String name) {
        StoredTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw Names.unknown(this, name);
        }
        return tensor;
    }

    private void requireOpen(TensorInfo info) {
        if (!channel.isOpen()) {
            throw closed(info);
        }
    }

    private IllegalStateException closed(TensorInfo info) {
        return new IllegalStateException(
                "cannot read " + info + ": the weights of " + source + " are closed");
    }

    private RuntimeException failure(TensorInfo info, IOException e) {
        if (e instanceof ClosedChannelException) {
            return closed(info);
        }
        if (e instanceof DamagedDataException) {
            return new WeightsFormatException(
                    source + ": " + info + " is damaged: " + e.getMessage(), e);
        }
        return new UncheckedIOException("cannot read " + info + " of " + source, e);
    }
}
