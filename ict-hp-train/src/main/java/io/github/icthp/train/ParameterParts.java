package io.github.icthp.train;

import ai.djl.ndarray.NDArray;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sums up parameters by the parts of a model, neighboring layers together. */
final class ParameterParts {

    private static final Pattern LAYER = Pattern.compile("(.*\\.layers)\\.(\\d+)\\..*");
    private static final Pattern LEAF = Pattern.compile("\\.(weight|bias)$");

    private final Map<String, Long> counts = new LinkedHashMap<>();
    private String stack = "";
    private int first;
    private int last;
    private long layers;

    private ParameterParts() {}

    /** Returns the number of values in every part, in the order of the parameters. */
    static Map<String, Long> counts(Map<String, NDArray> parameters) {
        ParameterParts parts = new ParameterParts();
        parameters.forEach((name, tensor) -> parts.add(name, tensor.size()));
        parts.endStack();
        return parts.counts;
    }

    private void add(String name, long size) {
        Matcher layer = LAYER.matcher(name);
        if (!layer.matches()) {
            endStack();
            counts.merge(LEAF.matcher(name).replaceFirst(""), size, Long::sum);
            return;
        }
        int index = Integer.parseInt(layer.group(2));
        if (!stack.equals(layer.group(1)) || index < last || index > last + 1) {
            endStack();
            stack = layer.group(1);
            first = index;
        }
        last = index;
        layers += size;
    }

    private void endStack() {
        if (layers > 0) {
            String range = first == last ? "." + first : "." + first + "-" + last;
            counts.merge(stack + range, layers, Long::sum);
        }
        stack = "";
        layers = 0;
    }
}
