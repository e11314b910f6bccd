package io.github.icthp.train.evaluation.geneval;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The objects of a picture that count for the rules: by class, the best first. Classes without one
 * are not there; the others have the order of the detector's classes.
 */
final class FoundObjects {

    private final Map<String, List<FoundObject>> byClass;

    private FoundObjects(Map<String, List<FoundObject>> byClass) {
        this.byClass = byClass;
    }

    /**
     * Chooses the objects that count: above the threshold, then the best few, then those without
     * too much overlap. Of equal scores the later detection comes first.
     *
     * @param detections by class, in the detector's order
     */
    static FoundObjects of(
            Map<String, List<Detection>> detections, float threshold, GenEvalSettings settings) {
        Map<String, List<FoundObject>> byClass = new LinkedHashMap<>();
        detections.forEach(
                (name, all) -> {
                    List<FoundObject> kept = keep(all, threshold, settings);
                    if (!kept.isEmpty()) {
                        byClass.put(name, kept);
                    }
                });
        return new FoundObjects(Collections.unmodifiableMap(byClass));
    }

    private static List<FoundObject> keep(
            List<Detection> all, float threshold, GenEvalSettings settings) {
        List<FoundObject> best =
                IntStream.range(0, all.size())
                        .mapToObj(i -> new FoundObject(i, all.get(i)))
                        .filter(object -> object.box().score() > threshold)
                        .sorted(
                                Comparator.<FoundObject>comparingDouble(o -> o.box().score())
                                        .thenComparingInt(FoundObject::index)
                                        .reversed())
                        .limit(settings.maxObjects())
                        .toList();
        if (settings.maxOverlap() == 1) {
            return best;
        }
        List<FoundObject> kept = new ArrayList<>();
        for (FoundObject object : best) {
            if (kept.stream().allMatch(k -> apart(k.box(), object.box(), settings))) {
                kept.add(object);
            }
        }
        return Collections.unmodifiableList(kept);
    }

    private static boolean apart(Detection better, Detection other, GenEvalSettings settings) {
        return better.overlap(other) < (float) settings.maxOverlap();
    }

    List<FoundObject> of(String className) {
        return byClass.getOrDefault(className, List.of());
    }

    Map<String, List<FoundObject>> byClass() {
        return byClass;
    }
}
