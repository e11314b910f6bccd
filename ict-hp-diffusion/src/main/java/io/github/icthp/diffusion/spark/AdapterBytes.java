package io.github.icthp.diffusion.spark;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;

import io.github.icthp.diffusion.lora.LoraAdapters;
import io.github.icthp.files.TemporaryFiles;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;

/** An adapter file that travels: which layers have adapters, of which rank and scale. */
final class AdapterBytes implements Serializable {

    private static final long serialVersionUID = 1;
    private static final String NAME = "adapter.safetensors";

    private final byte[] bytes;

    private AdapterBytes(byte[] bytes) {
        this.bytes = bytes;
    }

    static AdapterBytes of(LoraAdapters lora) {
        return inFolder(
                folder -> {
                    Path file = folder.resolve(NAME);
                    lora.save(file);
                    try {
                        return new AdapterBytes(Files.readAllBytes(file));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }

    /** Writes the file for as long as a body reads it. */
    <T> T asFile(Function<Path, T> body) {
        return inFolder(
                folder -> {
                    try {
                        return body.apply(Files.write(folder.resolve(NAME), bytes));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }

    private static <T> T inFolder(Function<Path, T> body) {
        Path folder = TemporaryFiles.folder("ict-hp-adapter");
        try {
            return body.apply(folder);
        } finally {
            delete(folder);
        }
    }

    private static void delete(Path folder) {
        try {
            MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
