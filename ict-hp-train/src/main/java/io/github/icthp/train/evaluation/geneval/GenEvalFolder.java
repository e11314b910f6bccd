package io.github.icthp.train.evaluation.geneval;

import com.google.common.base.Preconditions;

import io.github.icthp.files.DurableFiles;
import io.github.icthp.files.FolderFiles;
import io.github.icthp.train.data.DatasetException;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Pictures in the benchmark's layout: a numbered folder for each prompt, such as {@code 00000},
 * with the prompt in {@code metadata.jsonl} and numbered pictures in {@code samples}.
 *
 * @param folder the folder of numbered folders
 */
public record GenEvalFolder(Path folder) {

    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final Pattern PICTURE = Pattern.compile("\\d+\\.png");
    private static final String METADATA = "metadata.jsonl";
    private static final String SAMPLES = "samples";

    /**
     * A picture.
     *
     * @param name its path below the folder, with slashes
     * @param file the file
     * @param prompt what it should show
     */
    public record Sample(String name, Path file, GenEvalPrompt prompt) {}

    /**
     * What a folder holds.
     *
     * @param samples the pictures, in the order of their numbers
     * @param missing what should be there and is not, a line each
     */
    public record Content(List<Sample> samples, List<String> missing) {}

    /**
     * Writes the prompts of pictures that are to be made.
     *
     * @param prompts in the order of their folders
     * @throws DatasetException if a folder holds another prompt already
     * @throws IOException if a file cannot be written
     */
    public void write(List<GenEvalPrompt> prompts) throws IOException {
        for (int i = 0; i < prompts.size(); i++) {
            Path own = folder.resolve(String.format(Locale.ROOT, "%05d", i));
            FolderFiles.make(own.resolve(SAMPLES));
            Path file = own.resolve(METADATA);
            if (!Files.exists(file)) {
                DurableFiles.write(file, prompts.get(i).json() + "\n");
            } else if (!prompt(file).json().equals(prompts.get(i).json())) {
                throw new DatasetException(
                        "GenEvalFolder: "
                                + file
                                + " has another prompt, '"
                                + prompt(file).text()
                                + "' instead of '"
                                + prompts.get(i).text()
                                + "'; name an empty folder");
            }
        }
    }

    /**
     * Returns where a picture belongs.
     *
     * @param prompt the prompt's number, from 0
     * @param sample the picture's number, from 0
     * @return the file, which need not be there
     */
    public Path sample(int prompt, int sample) {
        return folder.resolve(String.format(Locale.ROOT, "%05d", prompt))
                .resolve(SAMPLES)
                .resolve(String.format(Locale.ROOT, "%04d.png", sample));
    }

    /**
     * Lists what is there. Only numbered folders and pictures count, as in the original.
     *
     * @param samples how many pictures each prompt should have
     * @return pictures, and what is missing
     * @throws DatasetException if no folder is numbered, or a prompt cannot be read
     * @throws IOException if a folder cannot be listed
     */
    public Content content(int samples) throws IOException {
        Preconditions.checkArgument(
                samples >= 0, "GenEvalFolder: samples must be at least 0, got %s", samples);
        List<Path> folders = numbered(folder, NUMBER, "");
        if (folders.isEmpty()) {
            throw new DatasetException(
                    "GenEvalFolder: expected numbered folders such as 00000 with "
                            + METADATA
                            + " and "
                            + SAMPLES
                            + " in "
                            + folder
                            + ", found none");
        }
        List<Sample> found = new ArrayList<>();
        List<String> missing = new ArrayList<>(gaps(folders));
        for (Path own : folders) {
            if (!Files.isRegularFile(own.resolve(METADATA))) {
                missing.add(own.getFileName() + "/" + METADATA);
                continue;
            }
            list(own, prompt(own.resolve(METADATA)), samples, found, missing);
        }
        return new Content(List.copyOf(found), List.copyOf(missing));
    }

    private static void list(
            Path own, GenEvalPrompt prompt, int samples, List<Sample> found, List<String> missing)
            throws IOException {
        String before = own.getFileName() + "/" + SAMPLES + "/";
        Path pictures = own.resolve(SAMPLES);
        List<Path> files =
                Files.isDirectory(pictures) ? numbered(pictures, PICTURE, ".png") : List.of();
        Set<BigInteger> numbers = new HashSet<>();
        for (Path file : files) {
            found.add(new Sample(before + file.getFileName(), file, prompt));
            numbers.add(number(file, ".png"));
        }
        for (int i = 0; i < samples && files.size() < samples; i++) {
            if (!numbers.contains(BigInteger.valueOf(i))) {
                missing.add(before + String.format(Locale.ROOT, "%04d.png", i));
            }
        }
    }

    /** Numbers below the largest that have no folder. */
    private static List<String> gaps(List<Path> folders) {
        List<String> gaps = new ArrayList<>();
        Set<BigInteger> numbers = new HashSet<>();
        folders.forEach(own -> numbers.add(number(own, "")));
        BigInteger last = number(folders.get(folders.size() - 1), "");
        boolean dense = last.compareTo(BigInteger.valueOf(2L * folders.size() + 1000)) < 0;
        for (int i = 0; dense && i < last.intValue(); i++) {
            if (!numbers.contains(BigInteger.valueOf(i))) {
                gaps.add(String.format(Locale.ROOT, "%05d", i));
            }
        }
        return gaps;
    }

    private static List<Path> numbered(Path folder, Pattern names, String ending)
            throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(path -> names.matcher(path.getFileName().toString()).matches())
                    .sorted(
                            Comparator.comparing((Path path) -> number(path, ending))
                                    .thenComparing(path -> path.getFileName().toString()))
                    .toList();
        }
    }

    private static BigInteger number(Path path, String ending) {
        String name = path.getFileName().toString();
        return new BigInteger(name.substring(0, name.length() - ending.length()));
    }

    private static GenEvalPrompt prompt(Path metadata) throws IOException {
        Optional<String> line;
        try (Stream<String> lines = Files.lines(metadata, StandardCharsets.UTF_8)) {
            line = lines.filter(text -> !text.isBlank()).findFirst();
        }
        try {
            return GenEvalPrompt.parse(line.orElse(""));
        } catch (IllegalArgumentException e) {
            throw new DatasetException(metadata + ": " + e.getMessage(), e);
        }
    }
}
