package io.github.icthp.weights;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds a model's dictionary of tensors in a checkpoint of a training run, which has other things
 * beside it: {@code {"model_state_dict": …, "optimizer": …, "epoch": 3}}.
 */
final class NestedState {

    /** What a model's dictionary is usually called. Tensors beside these belong to no model. */
    private static final Set<String> USUAL =
            Set.of(
                    "state_dict",
                    "model_state_dict",
                    "model",
                    "module",
                    "net",
                    "network",
                    "params",
                    "weights",
                    "ema",
                    "ema_model",
                    "ema_state_dict",
                    "model_ema",
                    "params_ema");

    /** What holds tensors and is no model. */
    private static final Pattern OTHER =
            Pattern.compile("(?i).*(optim|sched|scaler|rng|random|metric|callback|loop).*");

    /**
     * The parts of an IP-Adapter, which is one model; its safetensors files write these before the
     * names.
     */
    private static final Set<String> IP_ADAPTER = Set.of("image_proj", "ip_adapter");

    /** How deep dictionaries are looked into. */
    private static final int DEPTH = 3;

    private NestedState() {}

    /**
     * Finds the one dictionary of tensors, at the root or below.
     *
     * @throws WeightsFormatException if there are several; it names them
     */
    static Map<?, ?> find(Map<?, ?> root, Path file) {
        Map<String, Map<?, ?>> found = new LinkedHashMap<>();
        if (!isState(root)) {
            collect(root, "", DEPTH, found);
        }
        if (found.keySet().equals(IP_ADAPTER)) {
            return joined(found);
        }
        if (found.size() > 1) {
            throw several(found, file);
        }
        if (found.isEmpty()) {
            return root;
        }
        Map.Entry<String, Map<?, ?>> only = found.entrySet().iterator().next();
        return USUAL.contains(only.getKey()) || !hasTensors(root) ? only.getValue() : root;
    }

    private static Map<?, ?> joined(Map<String, Map<?, ?>> parts) {
        Map<String, Object> all = new LinkedHashMap<>();
        parts.forEach(
                (part, tensors) ->
                        tensors.forEach((name, tensor) -> all.put(part + "." + name, tensor)));
        return all;
    }

    private static void collect(
            Map<?, ?> map, String path, int depth, Map<String, Map<?, ?>> found) {
        map.forEach(
                (key, value) -> {
                    if (key instanceof String name
                            && value instanceof Map<?, ?> inner
                            && !OTHER.matcher(name).matches()) {
                        String below = path.isEmpty() ? name : path + "." + name;
                        if (isState(inner) || (USUAL.contains(below) && isTensors(inner))) {
                            found.put(below, inner);
                        } else if (depth > 1) {
                            collect(inner, below, depth - 1, found);
                        }
                    }
                });
    }

    /** Says whether a dictionary has names and tensors alone, and not only numbers. */
    private static boolean isState(Map<?, ?> map) {
        return hasTensors(map) && isTensors(map);
    }

    private static boolean isTensors(Map<?, ?> map) {
        return !map.isEmpty()
                && map.entrySet().stream()
                        .allMatch(
                                entry ->
                                        entry.getKey() instanceof String
                                                && entry.getValue() instanceof TorchTensor);
    }

    private static boolean hasTensors(Map<?, ?> map) {
        return map.values().stream()
                .anyMatch(value -> value instanceof TorchTensor tensor && tensor.size().size() > 0);
    }

    private static WeightsFormatException several(Map<String, Map<?, ?>> found, Path file) {
        String names =
                found.entrySet().stream()
                        .map(
                                e ->
                                        String.format(
                                                Locale.ROOT,
                                                "'%s' (%d tensors)",
                                                e.getKey(),
                                                e.getValue().size()))
                        .collect(Collectors.joining(", "));
        return new WeightsFormatException(
                String.format(
                        Locale.ROOT,
                        "%s holds several models: %s. Save the one that is meant by itself, in Python for example torch.save(checkpoint[\"%s\"], \"model.bin\")",
                        file,
                        names,
                        found.keySet().iterator().next()));
    }
}
