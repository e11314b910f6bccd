package io.github.icthp.weights.hub;

import io.github.icthp.weights.Weights;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which of a model's files are worth a download: in each folder one form of the weights, and the
 * small files that describe it.
 */
final class HubSelection {

    private static final Pattern DESCRIPTION = Pattern.compile(".*\\.(json|txt|model)");
    private static final Pattern CHECKPOINT = Pattern.compile(".*\\.(pt|pth)");
    private static final List<Pattern> UNUSUAL =
            List.of(Pattern.compile(".*\\.safetensors"), Pattern.compile(".*\\.bin"), CHECKPOINT);
    private static final String INDEX = ".index.json";
    private static final Pattern SHARD = Pattern.compile("(.+)-\\d{5}-of-\\d{5}(\\.\\w+)");

    private HubSelection() {}

    /**
     * Chooses files.
     *
     * @param files all of the model's files
     * @param parts the folders that a pipeline's {@code model_index.json} names; empty if the model
     *     is no pipeline. A pipeline's other folders, and weights beside the index, are left out
     * @return the files, in no particular order
     */
    static List<String> choose(List<String> files, Optional<Set<String>> parts) {
        Map<String, List<String>> folders = new TreeMap<>();
        for (String file : files) {
            String folder = file.substring(0, file.lastIndexOf('/') + 1);
            folders.computeIfAbsent(folder, f -> new ArrayList<>())
                    .add(file.substring(folder.length()));
        }
        List<String> chosen = new ArrayList<>();
        folders.forEach(
                (folder, names) -> {
                    boolean part = parts.isEmpty() || parts.get().contains(first(folder));
                    if (part || folder.isEmpty()) {
                        chosen.addAll(inFolder(folder, names, part));
                    }
                });
        return chosen;
    }

    private static String first(String folder) {
        return folder.substring(0, Math.max(0, folder.indexOf('/')));
    }

    private static List<String> inFolder(String folder, List<String> names, boolean weights) {
        List<String> chosen = new ArrayList<>();
        for (String name : names) {
            if (DESCRIPTION.matcher(name).matches() && !name.endsWith(INDEX)) {
                chosen.add(folder + name);
            }
        }
        if (weights) {
            weights(names).forEach(name -> chosen.add(folder + name));
        }
        return chosen;
    }

    /** Returns the first of the usual forms, or else all weights of one unusual form. */
    private static List<String> weights(List<String> names) {
        Optional<String> usual = Weights.fileNames().stream().filter(names::contains).findFirst();
        if (usual.isPresent()) {
            List<String> chosen = new ArrayList<>(List.of(usual.get()));
            names.stream().filter(name -> isShardOf(name, usual.get())).forEach(chosen::add);
            return chosen;
        }
        for (Pattern form : UNUSUAL) {
            List<String> found = names.stream().filter(form.asMatchPredicate()).toList();
            if (!found.isEmpty()) {
                return form == CHECKPOINT && found.size() > 1 ? List.of() : found;
            }
        }
        return List.of();
    }

    /**
     * Returns the checkpoints of a model that holds several and nothing else to be loaded: they are
     * whole models, of which a user names one.
     */
    static List<String> alternatives(List<String> files) {
        List<String> top = files.stream().filter(file -> !file.contains("/")).toList();
        List<String> found = top.stream().filter(CHECKPOINT.asMatchPredicate()).toList();
        return found.size() > 1 && weights(top).isEmpty() ? found : List.of();
    }

    private static boolean isShardOf(String name, String index) {
        Matcher shard = SHARD.matcher(name);
        return index.endsWith(INDEX)
                && shard.matches()
                && index.equals(shard.group(1) + shard.group(2) + INDEX);
    }
}
