package io.github.icthp.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Pickled frames with columns and indexes of every kind beside the needed ones; the frames are made
 * by make_frames.py beside them.
 */
class PickleFormatTest {

    @TempDir Path temporary;

    private static Path frames() throws URISyntaxException {
        return Path.of(
                Objects.requireNonNull(PickleFormatTest.class.getResource("/frames")).toURI());
    }

    private static List<Path> usable() throws IOException, URISyntaxException {
        try (Stream<Path> files = Files.list(frames())) {
            return files.filter(
                            file -> file.getFileName().toString().matches("(every|index)_.*pkl"))
                    .sorted()
                    .toList();
        }
    }

    private static List<Map<String, @Nullable Object>> rows(Path table) throws IOException {
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        RowWriter collecting =
                new RowWriter() {
                    @Override
                    public void write(Map<String, ? extends @Nullable Object> values) {
                        rows.add(new HashMap<>(values));
                    }

                    @Override
                    public void close() {}
                };
        new PickleFormat().copy(table, true, collecting);
        return rows;
    }

    @ParameterizedTest
    @MethodSource("usable")
    void whatIsNotNeededIsPassedOver(Path table) throws IOException {
        List<Map<String, @Nullable Object>> rows = rows(table);
        assertThat(rows).hasSize(3);
        for (int i = 0; i < rows.size(); i++) {
            assertThat(rows.get(i))
                    .containsEntry("easy_prompt", "easy_prompt " + i)
                    .containsEntry("refine_image", "refine_image " + i)
                    .containsEntry("E1", 0.125 * i)
                    .containsEntry("R2", 0.125 * (i + 3));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "category, easy_prompt, category",
        "datetime, E1, datetime64",
        "Int64, E1, Int64",
        "arrow_list, easy_prompt, pyarrow"
    })
    void aNeededColumnOfAnUnreadableTypeIsNamed(String kind, String column, String type)
            throws URISyntaxException {
        Path table = frames().resolve("needed_" + kind + ".pkl");
        assertThatThrownBy(() -> rows(table))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("column '" + column + "' has the type " + type)
                .hasMessageNotContaining("hostile");
    }

    /** A call of the function with the text "x" in a list, in protocol 2. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "os system",
                "posix system",
                "nt system",
                "builtins eval",
                "builtins exec",
                "__builtin__ eval",
                "builtins getattr",
                "builtins __import__",
                "subprocess Popen",
                "subprocess check_output",
                "importlib import_module",
                "runpy run_path",
                "ctypes CDLL",
                "types FunctionType",
                "pickle Unpickler",
                "operator attrgetter",
                "functools partial",
                "webbrowser open",
                "pathlib os",
                "numpy fromfile",
                "numpy.testing._private.utils runstring",
                "pandas eval",
                "pandas read_pickle",
                "pandas HDFStore",
                "pandas.io.common FileIO",
                "pyarrow.lib memory_map",
                "pip main",
                "some_package run"
            })
    void functionsAreRefusedWhereverTheyStand(String name) throws IOException {
        String global = "c" + name.replace(' ', '\n') + "\n";
        byte[] pickle =
                ("\u0080\u0002](" + global + "(U\u0001xtRe.").getBytes(StandardCharsets.ISO_8859_1);
        Path table = Files.write(temporary.resolve("frame.pkl"), pickle);
        assertThatThrownBy(() -> rows(table))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("nothing was executed")
                .hasMessageContaining("hostile");
    }
}
