package io.github.icthp.weights;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** Tells by name and first bytes what kind of file weights are in. */
final class WeightsFiles {

    /** What a folder's weights may be called; the first found is taken. */
    static final List<String> IN_FOLDER =
            List.of(
                    "model.safetensors",
                    "model.safetensors.index.json",
                    "diffusion_pytorch_model.safetensors",
                    "diffusion_pytorch_model.safetensors.index.json",
                    "pytorch_model.bin",
                    "pytorch_model.bin.index.json",
                    "open_clip_model.safetensors",
                    "open_clip_pytorch_model.safetensors",
                    "open_clip_pytorch_model.bin");

    private static final int BEGINNING = 64;

    /** Files of a folder without weights that are named. */
    private static final int LISTED = 8;

    private static final String LFS_POINTER = "version https://git-lfs";

    private WeightsFiles() {}

    /** Finds the file of weights that a path names. */
    static Path locate(Path path) {
        Path file = Files.isDirectory(path) ? inFolder(path) : path;
        if (!Files.exists(file)) {
            throw notFound("no weights file or folder at " + file);
        }
        return file;
    }

    private static UncheckedIOException notFound(String message) {
        return new UncheckedIOException(message, new FileNotFoundException(message));
    }

    static Weights open(Path path) {
        Path file = locate(path);
        String name = file.getFileName().toString();
        if (name.endsWith(".index.json")) {
            return ShardedWeights.open(file);
        }
        if (name.endsWith(".safetensors")) {
            return SafetensorsReader.open(file);
        }
        return TorchReader.open(file);
    }

    /** Reads an open file into weights that own it. */
    interface Reader {

        /** Returns weights that close the channel. */
        Weights read(FileChannel channel) throws IOException;
    }

    /** Opens a file, and closes it again if it cannot be read. */
    static Weights withChannel(Path file, Reader reader) {
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open the weights file " + file, e);
        }
        try {
            if (beginning(channel).startsWith(LFS_POINTER)) {
                throw new WeightsFormatException(
                        file
                                + " is git-lfs's pointer to the weights and not the weights: run"
                                + " 'git lfs pull' in its folder");
            }
            return reader.read(channel);
        } catch (IOException e) {
            throw closing(
                    channel, new UncheckedIOException("cannot read the weights file " + file, e));
        } catch (RuntimeException e) {
            throw closing(channel, e);
        }
    }

    /** Returns the first bytes of a file as Latin-1 text. */
    static String beginning(FileChannel channel) throws IOException {
        ByteBuffer head = ByteBuffer.allocate((int) Math.min(BEGINNING, channel.size()));
        new FileRange(channel, 0, head.capacity()).read(0, head);
        return StandardCharsets.ISO_8859_1.decode(head.flip()).toString();
    }

    private static RuntimeException closing(FileChannel channel, RuntimeException failure) {
        try {
            channel.close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
        return failure;
    }

    private static Path inFolder(Path folder) {
        return IN_FOLDER.stream()
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(
                        () ->
                                notFound(
                                        "no weights in the folder "
                                                + folder
                                                + "; looked for "
                                                + IN_FOLDER
                                                + ", found "
                                                + listing(folder)
                                                + ". A file of another name can be named itself"));
    }

    private static List<String> listing(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().limit(LISTED).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the folder " + folder, e);
        }
    }
}
