package io.github.icthp.train.evaluation.geneval;

import io.github.icthp.train.evaluation.geneval.GenEvalPrompt.Exclude;
import io.github.icthp.train.evaluation.geneval.GenEvalPrompt.Include;
import io.github.icthp.train.evaluation.geneval.GenEvalPrompt.Placement;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The published rules (evaluation/evaluate_images.py of djghosh13/geneval): clauses are independent
 * and all must hold; each is compared with the best objects of its class.
 */
final class Clauses {

    private final FoundObjects objects;
    private final GenEvalSettings settings;
    private final ColorAnswers colors;

    Clauses(FoundObjects objects, GenEvalSettings settings, ColorAnswers colors) {
        this.objects = objects;
        this.settings = settings;
        this.colors = colors;
    }

    Verdict judge(GenEvalPrompt prompt) {
        List<String> reasons = new ArrayList<>();
        List<Optional<List<FoundObject>>> groups = new ArrayList<>();
        for (Include clause : prompt.include()) {
            List<FoundObject> all = of(clause.className());
            List<FoundObject> best = all.subList(0, Math.min(clause.count(), all.size()));
            Optional<String> wrong = wrong(clause, best, groups);
            wrong.ifPresent(reasons::add);
            groups.add(wrong.isPresent() ? Optional.empty() : Optional.of(best));
        }
        for (Exclude clause : prompt.exclude()) {
            int found = of(clause.className()).size();
            if (found >= clause.count()) {
                reasons.add(
                        "expected "
                                + clause.className()
                                + "<"
                                + clause.count()
                                + ", found "
                                + found);
            }
        }
        return new Verdict(
                reasons.isEmpty(), reasons.isEmpty() ? 1 : 0, String.join("\n", reasons));
    }

    private Optional<String> wrong(
            Include clause, List<FoundObject> best, List<Optional<List<FoundObject>>> groups) {
        if (best.size() < clause.count()) {
            return Optional.of(
                    "expected "
                            + clause.className()
                            + ">="
                            + clause.count()
                            + ", found "
                            + best.size());
        }
        if (clause.color().isPresent()) {
            String color = clause.color().orElseThrow();
            List<String> answers = colors(clause, best);
            if (Collections.frequency(answers, color) < clause.count()) {
                return Optional.of(otherColors(clause, color, answers));
            }
        }
        return clause.position().flatMap(position -> misplaced(clause, position, best, groups));
    }

    List<FoundObject> of(String className) {
        return objects.of(className);
    }

    List<String> colors(Include clause, List<FoundObject> asked) {
        List<String> answers = asked.isEmpty() ? List.of() : colors.of(clause.className(), asked);
        if (answers.size() != asked.size()) {
            throw new IllegalStateException(
                    "GenEval: expected the colors of "
                            + asked.size()
                            + " objects of class "
                            + clause.className()
                            + ", got "
                            + answers);
        }
        return answers;
    }

    static String otherColors(Include clause, String color, List<String> answers) {
        return "expected "
                + color
                + " "
                + clause.className()
                + ">="
                + clause.count()
                + ", found "
                + Collections.frequency(answers, color)
                + " "
                + color
                + "; and "
                + ColorAnswers.COLORS.stream()
                        .filter(answers::contains)
                        .map(one -> Collections.frequency(answers, one) + " " + one)
                        .collect(Collectors.joining(", "));
    }

    /** Says what is wrong with the first pair that does not lie as asked. */
    Optional<String> misplaced(
            Include clause,
            Placement position,
            List<FoundObject> best,
            List<Optional<List<FoundObject>>> groups) {
        Optional<List<FoundObject>> targets = groups.get(position.clause());
        if (targets.isEmpty()) {
            return Optional.of(
                    "no target for " + clause.className() + " to be " + position.relation());
        }
        for (FoundObject object : best) {
            for (FoundObject target : targets.orElseThrow()) {
                List<String> found =
                        Relation.of(object.box(), target.box(), settings.positionThreshold());
                if (!found.contains(position.relation())) {
                    return Optional.of(
                            "expected "
                                    + clause.className()
                                    + " "
                                    + position.relation()
                                    + " target, found "
                                    + String.join(" and ", found)
                                    + " target");
                }
            }
        }
        return Optional.empty();
    }
}
