package io.github.icthp.weights;

import io.github.icthp.files.FolderFiles;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which of a folder's files holds its weights.
 *
 * <p>A folder may hold them in several variants, whose names diffusers and transformers put before
 * the last ending: {@code model.fp16.safetensors}, {@code model.safetensors.index.fp16.json}.
 *
 * @param path the folder
 */
record WeightsFolder(Path path) {

    /** What weights may be called that are no variant; the first found is taken. */
    static final List<String> PLAIN =
            List.of(
                    "model.safetensors",
                    "model.safetensors.index.json",
                    "diffusion_pytorch_model.safetensors",
                    "diffusion_pytorch_model.safetensors.index.json",
                    "pytorch_model.bin",
                    "pytorch_model.bin.index.json",
                    "diffusion_pytorch_model.bin",
                    "diffusion_pytorch_model.bin.index.json",
                    "open_clip_model.safetensors",
                    "open_clip_pytorch_model.safetensors",
                    "open_clip_pytorch_model.bin");

    /** Files of a folder without weights that are named. */
    private static final int LISTED = 8;

    private static final Pattern SHARD = Pattern.compile(".*-\\d{5}-of-\\d{5}");

    /**
     * Finds the weights.
     *
     * @param variant the variant that is wanted. Weights without one are taken where it is absent,
     *     as diffusers does; without a wish they go before all variants
     */
    Path weights(Optional<String> variant) {
        Optional<String> plain = first(PLAIN);
        Map<String, String> variants = variants();
        if (variant.isPresent() && variants.containsKey(variant.get())) {
            return file(variants.get(variant.get()));
        }
        if (plain.isPresent()) {
            return file(plain.get());
        }
        if (variants.isEmpty()) {
            throw WeightsFiles.notFound(
                    String.format(
                            Locale.ROOT,
                            "no weights in the folder %s; looked for %s, found %s. A file of another name can be named itself",
                            path,
                            PLAIN,
                            listing()));
        }
        if (variant.isPresent() || variants.size() > 1) {
            throw WeightsFiles.notFound(
                    String.format(
                            Locale.ROOT,
                            "the weights in the folder %s are there as the variants %s and not %s; choose one by variant(...) or --variant, or name the file itself",
                            path,
                            variants.keySet(),
                            variant.map(v -> "as " + v).orElse("without a variant")));
        }
        return file(variants.values().iterator().next());
    }

    /** Returns a file for each variant that is there, by the variants' names. */
    Map<String, String> variants() {
        List<String> there = names();
        Map<String, String> variants = new TreeMap<>();
        for (String plain : PLAIN) {
            Pattern pattern = variantOf(plain);
            for (String name : there) {
                Matcher matcher = pattern.matcher(name);
                if (matcher.matches() && !SHARD.matcher(matcher.group(1)).matches()) {
                    variants.putIfAbsent(matcher.group(1), name);
                }
            }
        }
        return variants;
    }

    private static Pattern variantOf(String plain) {
        int end = plain.lastIndexOf('.');
        return Pattern.compile(
                Pattern.quote(plain.substring(0, end))
                        + "\\.([^.]+)"
                        + Pattern.quote(plain.substring(end)));
    }

    /** Returns the name that weights have without a variant. */
    static String plain(String name) {
        return PLAIN.stream()
                .filter(plain -> name.equals(plain) || variantOf(plain).matcher(name).matches())
                .findFirst()
                .orElse(name);
    }

    /** A link that leads nowhere is there too: what it stood for must not be passed over. */
    private Optional<String> first(List<String> names) {
        return names.stream()
                .filter(name -> Files.exists(path.resolve(name), LinkOption.NOFOLLOW_LINKS))
                .filter(name -> !Files.isDirectory(path.resolve(name)))
                .findFirst();
    }

    private Path file(String name) {
        Path file = path.resolve(name);
        FolderFiles.brokenLink(file)
                .ifPresent(
                        problem -> {
                            throw WeightsFiles.notFound(
                                    problem + ". Fetch the model again, or remove the link");
                        });
        return file;
    }

    private List<String> listing() {
        return names().stream().limit(LISTED).toList();
    }

    private List<String> names() {
        try (Stream<Path> files = Files.list(path)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the folder " + path, e);
        }
    }

    /** Returns the names of the variants that are there. */
    Set<String> variantNames() {
        return variants().keySet();
    }
}
