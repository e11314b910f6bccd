package io.github.icthp.weights;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Takes off what training code puts around a model's names when it saves the wrapped model.
 *
 * <p>A prefix goes only if every name has it, parts within names only if the names stay distinct;
 * whatever is left is checked strictly by the model that is loaded.
 */
final class Wrappers {

    /**
     * Wrappers' own parts, which no model has: of {@code torch.compile}, of FSDP and of activation
     * checkpointing.
     */
    private static final Pattern WITHIN =
            Pattern.compile(
                    "(?<![^.])(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\\.");

    /** Before all names: of data parallelizm, and of modules that hold the model. */
    private static final List<String> BEFORE =
            List.of("module.", "model.", "ema_model.", "model_ema.", "params_ema.", "params.");

    /** No wrapper: the names of Stable Diffusion's own code, which are translated elsewhere. */
    private static final String ORIGINAL = "model.diffusion_model.";

    /** What PyTorch's averaged models count in. */
    private static final String COUNTER = "n_averaged";

    private Wrappers() {}

    /** Shows weights without wrappers; they close with what is returned. */
    static Weights unwrap(Weights weights) {
        Map<String, String> names = new LinkedHashMap<>();
        weights.names().forEach(name -> names.put(name, name));
        Map<String, String> inner = unwrap(names);
        return inner.equals(names) ? weights : weights.renamed(inner);
    }

    private static Map<String, String> unwrap(Map<String, String> names) {
        Map<String, String> current = names;
        while (true) {
            Map<String, String> next = before(within(current));
            if (next.equals(current)) {
                return current;
            }
            current = next;
        }
    }

    private static Map<String, String> within(Map<String, String> names) {
        Map<String, String> inner = new LinkedHashMap<>();
        names.forEach((name, saved) -> inner.put(WITHIN.matcher(name).replaceAll(""), saved));
        return inner.size() == names.size() ? inner : names;
    }

    private static Map<String, String> before(Map<String, String> names) {
        Map<String, String> counted = new LinkedHashMap<>(names);
        counted.remove(COUNTER);
        return BEFORE.stream()
                .filter(prefix -> areAllBehind(prefix, counted.keySet()))
                .findFirst()
                .map(prefix -> without(prefix, counted))
                .orElse(names);
    }

    private static boolean areAllBehind(String prefix, Set<String> names) {
        return !names.isEmpty()
                && names.stream()
                        .allMatch(name -> name.startsWith(prefix) && !name.startsWith(ORIGINAL));
    }

    private static Map<String, String> without(String prefix, Map<String, String> names) {
        Map<String, String> inner = new LinkedHashMap<>();
        names.forEach((name, saved) -> inner.put(name.substring(prefix.length()), saved));
        return inner;
    }

    /**
     * Explains a mismatch by prefixes that are none of the usual wrappers': names that are missing
     * are there, with something before them.
     *
     * @return a sentence, if that is so
     */
    static Optional<String> explain(Set<String> missing, Collection<String> unexpected) {
        Map<String, Integer> prefixes = new TreeMap<>();
        for (String name : unexpected) {
            for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
                if (missing.contains(name.substring(dot + 1))) {
                    prefixes.merge(name.substring(0, dot + 1), 1, Integer::sum);
                    break;
                }
            }
        }
        if (prefixes.isEmpty()) {
            return Optional.empty();
        }
        if (prefixes.size() > 1) {
            return Optional.of(
                    "missing names are there behind each of "
                            + prefixes
                            + ": the file holds several models; save the one that is meant by"
                            + " itself");
        }
        Map.Entry<String, Integer> only = prefixes.entrySet().iterator().next();
        boolean all = unexpected.stream().allMatch(name -> name.startsWith(only.getKey()));
        String which = all ? "all names" : "missing names";
        return Optional.of(
                which
                        + " start with '"
                        + only.getKey()
                        + "': the model was saved within another; save the model's own state_dict");
    }
}
