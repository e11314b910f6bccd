package io.github.icthp.training;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.files.DurableFiles;
import io.github.icthp.weights.JsonProblem;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The list of a checkpoint's files with their sizes and CRC-32C, by which a checkpoint that was cut
 * short or damaged is known.
 */
final class Manifest {

    static final String FILE = "manifest.json";

    private static final int CHUNK = 1 << 20;

    private Manifest() {}

    /** Writes the manifest of files that are complete. */
    static void write(Path folder, List<String> files) throws IOException {
        JsonObject manifest = new JsonObject();
        for (String name : files) {
            Path file = folder.resolve(name);
            JsonObject entry = new JsonObject();
            entry.addProperty("bytes", Files.size(file));
            entry.addProperty("crc32c", crc(file));
            manifest.add(name, entry);
        }
        DurableFiles.write(folder.resolve(FILE), manifest.toString());
    }

    /** Returns what is wrong with a folder's files, if anything is. */
    static Optional<String> damage(Path folder) {
        try {
            JsonObject manifest =
                    JsonParser.parseString(Files.readString(folder.resolve(FILE)))
                            .getAsJsonObject();
            for (String name : manifest.keySet()) {
                Path file = folder.resolve(name);
                JsonObject entry = manifest.getAsJsonObject(name);
                long expected = entry.get("bytes").getAsLong();
                if (Files.size(file) != expected) {
                    return Optional.of(
                            name + " has " + Files.size(file) + " bytes, not " + expected);
                }
                if (crc(file) != entry.get("crc32c").getAsLong()) {
                    return Optional.of(name + " has another checksum than when it was written");
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("unreadable: " + e);
        } catch (JsonParseException
                | IllegalStateException
                | NullPointerException
                | NumberFormatException
                | ClassCastException
                | UncheckedIOException e) {
            return Optional.of(FILE + " is damaged: " + JsonProblem.of(e));
        }
    }

    private static long crc(Path file) throws IOException {
        CRC32C crc = new CRC32C();
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        try (FileChannel channel = FileChannel.open(file)) {
            while (channel.read(chunk) >= 0) {
                crc.update(chunk.flip());
                chunk.clear();
            }
        }
        return crc.getValue();
    }
}
