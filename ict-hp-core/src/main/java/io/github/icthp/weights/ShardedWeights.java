package io.github.icthp.weights;

import io.github.icthp.files.FolderFiles;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Tensors spread over several files by an index: {@code {"metadata": …, "weight_map": {name:
 * file}}}.
 *
 * <p>Every name must be in the file that the index gives for it, and the files hold nothing else.
 */
final class ShardedWeights implements Weights {

    private final String source;
    private final Map<String, Weights> shardOfName;
    private final Map<String, String> metadata;
    private final Set<Weights> shards;

    private ShardedWeights(
            String source, Map<String, Weights> shardOfName, Map<String, String> metadata) {
        this.source = source;
        this.shardOfName = Collections.unmodifiableMap(shardOfName);
        this.metadata = Collections.unmodifiableMap(metadata);
        this.shards = new LinkedHashSet<>(shardOfName.values());
    }

    static Weights open(Path index) {
        ShardIndex parsed = ShardIndex.read(index);
        Map<String, Weights> open = new LinkedHashMap<>();
        try {
            Map<String, Weights> shardOfName = new LinkedHashMap<>();
            Map<String, String> metadata = new LinkedHashMap<>();
            parsed.fileOfName()
                    .forEach(
                            (name, file) -> {
                                Weights shard =
                                        open.computeIfAbsent(file, f -> openShard(index, f));
                                shardOfName.put(name, shard);
                                metadata.putAll(shard.metadata());
                            });
            open.forEach((file, shard) -> checkNames(index, parsed, file, shard));
            return new ShardedWeights(index.toString(), shardOfName, metadata);
        } catch (RuntimeException | Error e) {
            Closing.closeAfter(e, open.values());
            throw e;
        }
    }

    private static Weights openShard(Path index, String file) {
        Path shard = index.resolveSibling(file);
        if (!Files.isRegularFile(shard)) {
            throw new WeightsFormatException(
                    index
                            + " names the file "
                            + shard
                            + ", which is not there. Fetch it too"
                            + FolderFiles.brokenLink(shard).map(l -> " (" + l + ")").orElse(""));
        }
        return WeightsFiles.openAsSaved(shard);
    }

    private static void checkNames(Path index, ShardIndex parsed, String file, Weights shard) {
        Set<String> expected = parsed.namesIn(file);
        Set<String> missing = new LinkedHashSet<>(expected);
        missing.removeAll(shard.names());
        Set<String> unexpected = new LinkedHashSet<>(shard.names());
        unexpected.removeAll(expected);
        if (!missing.isEmpty() || !unexpected.isEmpty()) {
            throw new WeightsFormatException(
                    index
                            + " does not agree with "
                            + shard.source()
                            + ": the file lacks "
                            + missing
                            + " and holds "
                            + unexpected
                            + " that the index does not give it. Fetch both again");
        }
    }

    @Override
    public Set<String> names() {
        return shardOfName.keySet();
    }

    @Override
    public TensorInfo info(String name) {
        return shard(name).info(name);
    }

    @Override
    public ByteBuffer data(String name) {
        return shard(name).data(name);
    }

    @Override
    public void read(String name, long offset, ByteBuffer target) {
        shard(name).read(name, offset, target);
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
        Closing.closeAll(shards);
    }

    private Weights shard(String name) {
        Weights shard = shardOfName.get(name);
        if (shard == null) {
            throw Names.unknown(this, name);
        }
        return shard;
    }
}
