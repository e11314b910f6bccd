package io.github.icthp.weights;

import io.github.icthp.weights.pickle.Unpickler;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * PyTorch's files before 1.6, which {@code torch.save} still writes on demand: five pickles (magic
 * number, protocol, system, the object, the storages' keys), then for each key the number of its
 * elements and their bytes. Numbers are little-endian on every machine.
 */
final class TorchLegacy {

    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final Object PROTOCOL = 1001L;

    private TorchLegacy() {}

    static TorchContent read(FileChannel channel) throws IOException {
        int head = (int) Math.min(channel.size(), TorchReader.MAX_PICKLE);
        ByteBuffer pickles = channel.map(FileChannel.MapMode.READ_ONLY, 0, head);
        Map<String, Integer> units = new HashMap<>();
        Unpickler reader = TorchPickle.reader(storage -> units.put(storage.key(), storage.unit()));
        if (!reader.load(pickles).equals(MAGIC) || !reader.load(pickles).equals(PROTOCOL)) {
            throw new DamagedDataException("it begins with another pickle than PyTorch's");
        }
        reader.load(pickles);
        Object root = reader.load(pickles);
        Object keys = reader.load(pickles);
        if (!(keys instanceof List<?> list)) {
            throw new DamagedDataException("a list of storage keys expected");
        }
        Map<String, ByteSource> storages = storages(channel, pickles.position(), list, units);
        return new TorchContent(root, key -> find(storages, key), ByteOrder.LITTLE_ENDIAN);
    }

    private static Map<String, ByteSource> storages(
            FileChannel channel, long start, List<?> keys, Map<String, Integer> units)
            throws IOException {
        Map<String, ByteSource> storages = new LinkedHashMap<>();
        Set<String> unused = new HashSet<>();
        long position = start;
        for (Object key : keys) {
            Integer unit = key instanceof String text ? units.get(text) : null;
            if (unit == null || !unused.add((String) key)) {
                throw new DamagedDataException("a storage key that no tensor has, or twice");
            }
            ByteBuffer count = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            new FileRange(channel, position, Long.BYTES).read(0, count);
            long elements = count.getLong(0);
            position += Long.BYTES;
            if (elements < 0 || elements > (channel.size() - position) / unit) {
                throw new DamagedDataException(
                        "storage '" + key + "' of " + elements + " elements ends behind the file");
            }
            storages.put((String) key, new FileRange(channel, position, elements * unit));
            position += elements * unit;
        }
        return storages;
    }

    private static ByteSource find(Map<String, ByteSource> storages, String key)
            throws IOException {
        ByteSource storage = storages.get(key);
        if (storage == null) {
            throw new DamagedDataException("there is no storage '" + key + "'");
        }
        return storage;
    }
}
