package io.github.icthp.weights.hub;

import io.github.icthp.files.DurableFiles;
import io.github.icthp.files.FolderFiles;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * The folder that Python's {@code huggingface_hub} keeps too: for each model {@code blobs/CONTENT},
 * {@code snapshots/COMMIT/FILE} linked to a blob, and {@code refs/REVISION} with a commit.
 */
final class HubCache {

    private final Path root;

    HubCache(Path root) {
        this.root = root;
    }

    Path blobs(HubId id) {
        return root.resolve(id.folder()).resolve("blobs");
    }

    /** Returns the file whose lock guards a download, shared with other processes. */
    Path lock(HubId id, String entity) {
        return root.resolve(".locks").resolve(id.folder()).resolve(entity + ".lock");
    }

    Path snapshot(HubId id, String commit) {
        return root.resolve(id.folder()).resolve("snapshots").resolve(commit);
    }

    /** Returns the folder of a model's files at a revision, if any are there. */
    Optional<Path> snapshot(HubId id) throws IOException {
        Optional<String> commit = id.isCommit() ? Optional.of(id.revision()) : commit(id);
        return commit.map(hash -> snapshot(id, hash)).filter(Files::isDirectory);
    }

    /** Returns a model's file, if it is there. */
    Optional<Path> file(HubId id, String name) throws IOException {
        return snapshot(id).map(folder -> folder.resolve(name)).filter(Files::isRegularFile);
    }

    /** Remembers which commit a branch or tag stands for. */
    void remember(HubId id, String commit) throws IOException {
        if (id.isCommit() || commit(id).equals(Optional.of(commit))) {
            return;
        }
        Path ref = ref(id);
        DurableFiles.writeShared(ref, unfinished -> Files.writeString(unfinished, commit));
    }

    /** Makes a blob a file of a snapshot: by a link, or by a copy where links are not allowed. */
    Path link(HubId id, String commit, String name, Path blob) throws IOException {
        Path file = snapshot(id, commit).resolve(name);
        FolderFiles.make(file.getParent());
        if (Files.isRegularFile(file)) {
            return file;
        }
        Files.deleteIfExists(file);
        try {
            Files.createSymbolicLink(file, file.getParent().relativize(blob));
        } catch (FileAlreadyExistsException e) {
            // Another thread or process made the same link.
        } catch (UnsupportedOperationException | IOException e) {
            DurableFiles.writeShared(
                    file,
                    unfinished ->
                            Files.copy(blob, unfinished, StandardCopyOption.REPLACE_EXISTING));
        }
        return file;
    }

    private Optional<String> commit(HubId id) throws IOException {
        Path ref = ref(id);
        if (!Files.isRegularFile(ref)) {
            return Optional.empty();
        }
        String commit = Files.readString(ref, StandardCharsets.US_ASCII).strip();
        return Optional.of(commit).filter(HubId::isCommit);
    }

    private Path ref(HubId id) {
        return root.resolve(id.folder()).resolve("refs").resolve(id.revision());
    }
}
