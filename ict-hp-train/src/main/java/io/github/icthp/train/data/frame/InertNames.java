package io.github.icthp.train.data.frame;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.io.Resources;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * The names that columns and indexes of no interest may bring along: classes of values, and the
 * functions by which their pickles restore them. An inert object stands for what they would make.
 *
 * <p>Nothing is executed for any name. Those that a frame has no use for are refused nevertheless,
 * so that a pickle made to do harm is told from one that merely holds unknown types: functions of
 * any kind, and everything in Python's own library but its classes of values.
 */
final class InertNames {

    private static final Pattern CLASS = Pattern.compile("_*[A-Z]\\w*");

    private static final Pattern RESTORER =
            Pattern.compile(
                    "__pyx_unpickle_\\w+|_new_[A-Z]\\w*|_?(unpickle|reconstruct|rebuild|restore)\\w*"
                            + "|_\\w+_unpickle|_mareconstruct");

    private static final Pattern NUMPY_TYPE =
            Pattern.compile(
                    "(bool|str|bytes|void|object|u?int|u?intc|u?intp|u?longlong|float|complex"
                            + "|longdouble|clongdouble|datetime|timedelta)\\d*_?"
                            + "|matrix|recarray|record|chararray");

    private static final Pattern ARROW_TYPE =
            Pattern.compile(
                    "null|field|schema|(large_)?(list|string|binary)(_view)?_?|list_|map_|struct"
                            + "|dictionary|(sparse_|dense_)?union|timestamp|duration"
                            + "|(time|date|decimal)\\d+|run_end_encoded|fixed_shape_tensor"
                            + "|month_day_nano_interval|chunked_array|scalar");

    /** Python's classes of values, by module. */
    private static final ImmutableMap<String, Pattern> STANDARD =
            ImmutableMap.<String, Pattern>builder()
                    .put("builtins", Pattern.compile(builtins()))
                    .put("__builtin__", Pattern.compile(builtins() + "|xrange|unicode|long"))
                    .put("datetime", Pattern.compile("date|time|datetime|timedelta|timezone"))
                    .put("decimal", Pattern.compile("Decimal"))
                    .put("fractions", Pattern.compile("Fraction"))
                    .put("uuid", Pattern.compile("UUID|SafeUUID"))
                    .put("pathlib", Pattern.compile("(Pure)?(Posix|Windows)?Path"))
                    .put("pathlib._local", Pattern.compile("(Pure)?(Posix|Windows)?Path"))
                    .put("zoneinfo", Pattern.compile("ZoneInfo"))
                    .put("ipaddress", Pattern.compile("IPv[46](Address|Network|Interface)"))
                    .put(
                            "collections",
                            Pattern.compile("OrderedDict|defaultdict|deque|Counter|ChainMap"))
                    .put("array", Pattern.compile("array|_array_reconstructor"))
                    .put("types", Pattern.compile("SimpleNamespace"))
                    .put("copyreg", Pattern.compile("_reconstructor|__newobj__"))
                    .put("copy_reg", Pattern.compile("_reconstructor|__newobj__"))
                    .build();

    private static final ImmutableSet<String> PYTHON = python();

    private InertNames() {}

    private static String builtins() {
        return "object|complex|set|frozenset|range|list|dict|tuple|int|float|str|bool|bytes";
    }

    private static ImmutableSet<String> python() {
        try {
            String names =
                    Resources.toString(
                            Resources.getResource(InertNames.class, "python-modules.txt"),
                            StandardCharsets.UTF_8);
            return ImmutableSet.copyOf(Splitter.onPattern("\\s+").omitEmptyStrings().split(names));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the names of Python's modules", e);
        }
    }

    /** Returns whether a name may stand for an inert object. */
    static boolean contains(String module, String name) {
        if (STANDARD.containsKey(module)) {
            return STANDARD.get(module).matcher(name).matches();
        }
        String root = Splitter.on('.').split(module).iterator().next();
        if (PYTHON.contains(root)) {
            return false;
        }
        boolean plain = CLASS.matcher(name).matches() || RESTORER.matcher(name).matches();
        return switch (root) {
            case "pandas" -> plain && !module.startsWith("pandas.io") && !opensFiles(name);
            case "numpy" -> plain || is(NUMPY_TYPE, name);
            case "pyarrow" -> (plain && !name.endsWith("File")) || is(ARROW_TYPE, name);
            case "pytz" -> plain || name.equals("_p");
            case "dateutil" -> plain || name.startsWith("tz");
            default -> plain;
        };
    }

    private static boolean opensFiles(String name) {
        return name.equals("HDFStore") || name.startsWith("Excel");
    }

    private static boolean is(Pattern pattern, String name) {
        return pattern.matcher(name).matches();
    }
}
