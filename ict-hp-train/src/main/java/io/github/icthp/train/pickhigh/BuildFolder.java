package io.github.icthp.train.pickhigh;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import io.github.icthp.files.DurableFiles;
import io.github.icthp.files.FolderFiles;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/** A build's folder, held by one process, and begun with the settings that it is resumed with. */
final class BuildFolder implements AutoCloseable {

    static final Gson PRETTY = new GsonBuilder().disableHtmlEscaping().setPrettyPrinting().create();

    private final Path path;
    private final FileChannel lock;

    private BuildFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    static BuildFolder open(Path path, Map<String, Object> settings) throws IOException {
        FolderFiles.make(path);
        BuildFolder folder = new BuildFolder(path, lock(path));
        try {
            FolderFiles.make(folder.work());
            folder.check(settings);
            return folder;
        } catch (IOException | RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        path.resolve("build.lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
        FileLock held;
        try {
            held = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            held = null;
        }
        if (held == null) {
            channel.close();
            throw new IllegalStateException(
                    "PickHighBuild: another build is at work in "
                            + path
                            + "; wait for it to end, or take another folder");
        }
        return channel;
    }

    private void check(Map<String, Object> settings) throws IOException {
        Path file = work().resolve("settings.json");
        String now = PRETTY.toJson(settings) + "\n";
        if (!Files.exists(file)) {
            DurableFiles.write(file, now);
            return;
        }
        JsonObject before = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        for (Map.Entry<String, JsonElement> entry :
                JsonParser.parseString(now).getAsJsonObject().entrySet()) {
            JsonElement old = before.get(entry.getKey());
            if (!entry.getValue().equals(old)) {
                if (entry.getKey().equals(DataCard.SOURCE_HASH)) {
                    throw new IllegalStateException(
                            "PickHighBuild: the table of base prompts is not the one that "
                                    + path
                                    + " was begun with, "
                                    + old
                                    + ", now it is "
                                    + entry.getValue()
                                    + "; restore it as it was, or take another folder");
                }
                throw new IllegalStateException(
                        "PickHighBuild: "
                                + path
                                + " was begun with "
                                + entry.getKey()
                                + " "
                                + old
                                + ", now it is "
                                + entry.getValue()
                                + "; resume with the settings it was begun with, or take another"
                                + " folder");
            }
        }
    }

    Path path() {
        return path;
    }

    Path work() {
        return path.resolve("work");
    }

    /** The file whose presence says that the data set is whole. */
    Path card() {
        return path.resolve("dataset.json");
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
