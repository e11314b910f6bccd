package io.github.icthp.weights;

import io.github.icthp.files.FolderFiles;

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
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Tells by name and first bytes what kind of file weights are in. */
final class WeightsFiles {

    private static final Pattern INDEX = Pattern.compile(".*\\.index(\\.[^.]+)?\\.json");

    private static final int BEGINNING = 64;

    /** First bytes of llama.cpp's files, present and past. */
    private static final List<String> GGML = List.of("GGUF", "lmgg", "fmgg", "tjgg");

    private static final String LFS_POINTER = "version https://git-lfs";

    private WeightsFiles() {}

    /** Finds the file of weights that a path names. */
    static Path locate(Path path, Optional<String> variant) {
        Path file = Files.isDirectory(path) ? new WeightsFolder(path).weights(variant) : path;
        if (!Files.exists(file)) {
            throw notFound(
                    "no weights file or folder at "
                            + file
                            + FolderFiles.brokenLink(file).map(link -> ": " + link).orElse(""));
        }
        return file;
    }

    static UncheckedIOException notFound(String message) {
        return new UncheckedIOException(message, new FileNotFoundException(message));
    }

    static Weights open(Path path) {
        return openAsSaved(locate(path, Optional.empty()));
    }

    /** Returns a file, and the shards that it names if it is an index. */
    static List<Path> files(Path file) {
        return INDEX.matcher(file.getFileName().toString()).matches()
                ? Stream.concat(
                                Stream.of(file),
                                ShardIndex.read(file).fileOfName().values().stream()
                                        .distinct()
                                        .map(file::resolveSibling))
                        .toList()
                : List.of(file);
    }

    static Weights openAsSaved(Path file) {
        String name = file.getFileName().toString();
        if (INDEX.matcher(name).matches()) {
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
            refuseForeign(file, beginning(channel));
            return reader.read(channel);
        } catch (IOException e) {
            throw closing(
                    channel, new UncheckedIOException("cannot read the weights file " + file, e));
        } catch (RuntimeException e) {
            throw closing(channel, e);
        }
    }

    /** Refuses, by its first bytes, what is no file of weights at all. */
    private static void refuseForeign(Path file, String start) {
        String lower = start.stripLeading().toLowerCase(Locale.ROOT);
        String problem = null;
        if (start.startsWith(LFS_POINTER)) {
            problem =
                    "git-lfs's pointer to the weights and not the weights: run 'git lfs pull' in its folder";
        } else if (GGML.stream().anyMatch(start::startsWith)) {
            problem =
                    String.format(
                            Locale.ROOT,
                            "a %s file (quantized for llama.cpp and its kin), which is not read here: take the model as safetensors in bf16, fp16 or fp32",
                            start.startsWith("GGUF") ? "GGUF" : "GGML");
        } else if (lower.startsWith("<!doctype") || lower.startsWith("<html")) {
            problem =
                    "a web page and not weights: its download needs a login, an accepted license or another address";
        } else if (file.toString().endsWith(".safetensors") && start.startsWith("PK\u0003\u0004")) {
            problem =
                    "a zip archive, as torch.save writes, and not safetensors: name it .bin or .pt";
        }
        if (problem != null) {
            throw new WeightsFormatException(file + " is " + problem);
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
}
