package io.github.icthp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** What the README and the pages under docs show compiles; the test command is what is run. */
class ReadmeTest {

    private static final Path ROOT = Path.of("..");
    private static final Pattern SNIPPET =
            Pattern.compile("^```java\\n(.*?)^```", Pattern.DOTALL | Pattern.MULTILINE);

    @TempDir Path classes;

    @Test
    void snippetsCompile() throws IOException {
        assertThat(compiled(ROOT.resolve("README.md"))).isPositive();
    }

    @Test
    void snippetsOfPagesCompile() throws IOException {
        int snippets = 0;
        try (Stream<Path> pages = Files.list(ROOT.resolve("docs"))) {
            for (Path page : pages.filter(file -> file.toString().endsWith(".md")).toList()) {
                snippets += compiled(page);
            }
        }
        assertThat(snippets).isPositive();
        assertThat(compiled(ROOT.resolve("docs/custom-rewards.md"))).isPositive();
    }

    /** Compiles a page's snippets, and returns how many there are. */
    private int compiled(Path page) throws IOException {
        List<String> snippets =
                SNIPPET.matcher(Files.readString(page))
                        .results()
                        .map((MatchResult m) -> m.group(1))
                        .toList();
        for (int i = 0; i < snippets.size(); i++) {
            assertThat(problems("Snippet" + i, snippets.get(i))).as("%s", page).isEmpty();
        }
        return snippets.size();
    }

    private String problems(String name, String snippet) {
        String imports = lines(snippet, true);
        String source =
                imports
                        + "class "
                        + name
                        + " { void run() throws Exception {\n"
                        + lines(snippet, false)
                        + "}}";
        JavaFileObject file =
                new SimpleJavaFileObject(
                        URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        StringWriter said = new StringWriter();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> options =
                List.of(
                        "-classpath",
                        System.getProperty("java.class.path"),
                        "-d",
                        classes.toString(),
                        "-proc:none");
        boolean compiled = compiler.getTask(said, null, null, options, null, List.of(file)).call();
        return compiled ? "" : said + "\nin\n" + source;
    }

    private static String lines(String snippet, boolean imports) {
        return snippet.lines()
                .filter(line -> line.startsWith("import ") == imports)
                .collect(Collectors.joining("\n", "", "\n"));
    }

    @Test
    void theTestCommandIsWhatLandsAChange() throws IOException {
        assertThat(Files.readString(ROOT.resolve("README.md"))).contains("\nmvn -B verify\n");
        assertThat(Files.readString(ROOT.resolve(".ci/run"))).contains("\nmvn -B verify\n");
    }
}
