package io.github.icthp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.MoreFiles;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The classes that the walks through the architecture name are there. */
class WalksTest {

    private static final Path ROOT = Path.of("..");
    private static final Pattern HEADING = Pattern.compile("^## ", Pattern.MULTILINE);

    /** {@code Name} or {@code Name.method} in backticks; constants are all in capitals. */
    private static final Pattern CLASS = Pattern.compile("`([A-Z]\\w*[a-z]\\w*)(?:\\.\\w+)?`");

    @Test
    void everyClassOfTheWalksExists() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/architecture.md"));
        List<String> walks = HEADING.splitAsStream(page).skip(1).toList();
        assertThat(walks).hasSize(3);
        Set<String> classes = classes();
        assertThat(walks)
                .allSatisfy(
                        walk -> {
                            Set<String> named = named(walk);
                            assertThat(named).isNotEmpty();
                            named.removeAll(classes);
                            assertThat(named).as("named, but no class").isEmpty();
                        });
    }

    private static Set<String> named(String walk) {
        Stream<MatchResult> names = CLASS.matcher(walk).results();
        return names.map(name -> name.group(1)).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> classes() throws IOException {
        try (Stream<Path> modules = Files.list(ROOT)) {
            List<Path> sources =
                    modules.map(module -> module.resolve("src/main/java"))
                            .filter(Files::isDirectory)
                            .toList();
            Stream<Path> files = sources.stream().flatMap(WalksTest::files);
            return files.map(MoreFiles::getNameWithoutExtension).collect(Collectors.toSet());
        }
    }

    private static Stream<Path> files(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
