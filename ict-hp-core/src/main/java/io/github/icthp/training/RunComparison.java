package io.github.icthp.training;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Says whether a run may go on from what another one left: if it is made in the same way, or
 * differs only in that it makes more steps, none of which the first one would have made otherwise.
 *
 * @param differing what differs, as {@code NAME was A and is B}, by name
 * @param longer whether more steps are asked for than before
 * @param fewer steps asked for before and now, if they are fewer now
 * @param schedule whether the learning rate's schedule differs too
 */
record RunComparison(
        Map<String, String> differing, boolean longer, Optional<Fewer> fewer, boolean schedule) {

    record Fewer(long before, long now) {}

    /** Where runs keep their number of steps. */
    private static final String LENGTH = "config.optimizer.steps";

    /** Where they keep the learning rate of every step. */
    private static final String SCHEDULE = "config.optimizer.schedule.";

    static RunComparison of(RunRecord before, RunRecord now, boolean withWeights) {
        Map<String, String> old = comparable(before, withWeights);
        Map<String, String> current = comparable(now, withWeights);
        Set<String> names = new TreeSet<>(old.keySet());
        names.addAll(current.keySet());
        Map<String, String> differing = new TreeMap<>();
        boolean longer = false;
        Optional<Fewer> fewer = Optional.empty();
        for (String name : names) {
            @Nullable String a = old.get(name);
            @Nullable String b = current.get(name);
            if (a == null || !a.equals(b)) {
                differing.put(name, name + " was " + a + " and is " + b);
                if (name.equals(LENGTH) && a != null && b != null) {
                    Fewer lengths = new Fewer(Long.parseLong(a), Long.parseLong(b));
                    longer |= lengths.now > lengths.before;
                    fewer = Optional.of(lengths).filter(f -> f.now < f.before);
                }
            }
        }
        boolean schedule = differing.keySet().stream().anyMatch(n -> n.startsWith(SCHEDULE));
        return new RunComparison(differing, longer, fewer, schedule);
    }

    /** A constant rate knows no total, whatever number is kept for it. */
    private static Map<String, String> comparable(RunRecord record, boolean withWeights) {
        Map<String, String> identity = record.identity(PastRecord.config(record), withWeights);
        if ("\"CONSTANT\"".equals(identity.get(SCHEDULE + "shape"))) {
            identity.remove(SCHEDULE + "total");
        }
        return identity;
    }

    /** Says whether the run makes more steps, and is otherwise the same. */
    boolean extendsIt() {
        return longer && differing.size() == 1;
    }

    boolean isSame() {
        return differing.isEmpty();
    }

    /**
     * Explains why the run cannot go on, and what to do.
     *
     * @param done steps that its last checkpoint has made
     */
    String problem(long done) {
        Set<String> sentences = new LinkedHashSet<>();
        sentences.add(String.join("; ", differing.values()));
        if (longer && schedule) {
            sentences.add(
                    "A run can be extended only if its steps so far would have been the same: with a"
                            + " learning rate that stays constant after its warm-up, and the same"
                            + " warm-up; a linear or cosine rate falls over all steps, so every one"
                            + " of them would have had another rate");
            differing.forEach(
                    (name, was) -> {
                        if (name.endsWith(".warmUp")) {
                            sentences.add("Name the warm-up (--warm-up), as " + was);
                        }
                    });
        }
        fewer.ifPresent(
                steps ->
                        sentences.add(
                                String.format(
                                        Locale.ROOT,
                                        "It was to make %d steps and has made %d of them; %d are fewer than it was to make, and a run can only be made longer. Ask for %d or more",
                                        steps.before,
                                        done,
                                        steps.now,
                                        steps.before)));
        sentences.add("Resume it with the same settings, or name another folder");
        return String.join(". ", sentences);
    }
}
