package io.github.icthp.testing;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * Finds the golden cases: inputs and outputs of the reference implementations.
 *
 * <p>The folder is named by system property {@code golden.dir}; without it, it is this module's own
 * copy in its test resources. An area without cases is a failure, never a silent pass. Only tests
 * that compare with cases, whatever their shapes, follow the property; others take a {@link
 * #sample}.
 */
public final class Golden {

    private static final Path OWN = Path.of("src/test/resources/golden");

    private Golden() {}

    /** Returns the folder of an area, for example {@code "clip"} or {@code "training/steps"}. */
    public static Path area(String name) {
        Path root = Path.of(System.getProperty("golden.dir", OWN.toString()));
        if (!root.isAbsolute() && !Files.isDirectory(root)) {
            root = Path.of("..").resolve(root);
        }
        Path area = root.resolve(name);
        if (!Files.isDirectory(area)) {
            throw new AssertionError(
                    "no golden area '" + name + "' under " + root.toAbsolutePath());
        }
        return area;
    }

    /**
     * Returns a file or folder of facts about the released models, for example {@code
     * "training/scopes.json"}. They depend on no drawn weight, so a set of cases may come without
     * them: then it is this module's own copy.
     */
    public static Path facts(String name) {
        return Stream.of(area("").resolve(name), sample(name))
                .filter(p -> Files.exists(p) || Files.exists(Path.of(p + ".gz")))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no golden facts '" + name + "'"));
    }

    /**
     * Returns a file or folder of this module's own copy, whatever {@code golden.dir} says, for
     * tests that need some small model and know its shape.
     */
    public static Path sample(String name) {
        return OWN.resolve(name);
    }

    /** Returns every folder at or below an area that holds {@code marker}, in order of name. */
    public static List<Path> cases(String area, String marker) {
        try (Stream<Path> walk = Files.walk(area(area))) {
            List<Path> found =
                    walk.filter(p -> p.getFileName().toString().equals(marker))
                            .map(Path::getParent)
                            .sorted()
                            .toList();
            if (found.isEmpty()) {
                throw new AssertionError("golden area '" + area + "' has no case with a " + marker);
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns every folder at or below an area that holds a {@code case.json}. */
    public static List<Path> cases(String area) {
        return cases(area, "case.json");
    }

    /**
     * Returns the cases that a test chose, none of which is a failure, never a silent pass.
     *
     * @param what says which they are
     */
    public static <T> Stream<T> some(String what, Stream<T> chosen) {
        List<T> found = chosen.toList();
        if (found.isEmpty()) {
            throw new AssertionError("no golden case is one of " + what);
        }
        return found.stream();
    }

    /** Reads a JSON object; {@code file.gz} stands in for {@code file}. */
    public static JsonObject json(Path file) {
        return parse(file).getAsJsonObject();
    }

    /** Reads any JSON value; {@code file.gz} stands in for {@code file}. */
    public static JsonElement parse(Path file) {
        return JsonParser.parseString(
                new String(bytes(file), java.nio.charset.StandardCharsets.UTF_8));
    }

    /** Reads a whole file; {@code file.gz} stands in for {@code file}. */
    public static byte[] bytes(Path file) {
        try (InputStream in = open(file)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Copies a case's folder to {@code target} with every {@code X.gz} unpacked to {@code X}, and
     * returns {@code target}.
     */
    public static Path unpack(Path folder, Path target) {
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path source : walk.filter(Files::isRegularFile).toList()) {
                String name = folder.relativize(source).toString();
                Path copy =
                        target.resolve(
                                name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name);
                Files.createDirectories(copy.getParent());
                if (name.endsWith(".gz")) {
                    Files.write(copy, bytes(source));
                } else {
                    Files.copy(source, copy);
                }
            }
            return target;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream open(Path file) throws IOException {
        if (Files.exists(file)) {
            InputStream in = Files.newInputStream(file);
            return file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
        }
        return new GZIPInputStream(Files.newInputStream(Path.of(file + ".gz")));
    }
}
