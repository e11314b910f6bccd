package io.github.icthp.training;

import com.google.common.hash.Funnels;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.io.ByteStreams;

import io.github.icthp.files.FolderFiles;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** SHA-256 of weights, by which a run's record names them. */
public final class WeightHashes {

    private WeightHashes() {}

    /**
     * Hashes a file, or all files of a folder with their names. A linked folder has the hash of the
     * same folder without links.
     *
     * @param path a file, whose hash is that of its bytes, or a folder
     * @return the SHA-256 in hexadecimal
     * @throws UncheckedIOException if it cannot be read
     */
    public static String sha256(Path path) {
        Hasher hasher = Hashing.sha256().newHasher();
        try {
            if (!Files.isDirectory(path)) {
                copy(path, hasher);
                return hasher.hash().toString();
            }
            for (Path file : FolderFiles.below(path)) {
                hasher.putString(path.relativize(file).toString(), StandardCharsets.UTF_8);
                hasher.putLong(Files.size(file));
                copy(file, hasher);
            }
            return hasher.hash().toString();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot hash the weights " + path, e);
        }
    }

    private static void copy(Path file, Hasher hasher) throws IOException {
        try (InputStream in = Files.newInputStream(file);
                OutputStream out = Funnels.asOutputStream(hasher)) {
            ByteStreams.copy(in, out);
        }
    }
}
