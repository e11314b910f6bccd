package io.github.icthp.train.evaluation.geneval;

import io.github.icthp.train.evaluation.geneval.GenEvalPrompt.Include;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The rules of flow_grpo's GenEval reward (reward_server/gen_eval.py of yifan123/reward-server):
 * counts must be exact, and the score is the mean of what counts, colors and positions earn.
 */
final class PartialCredit {

    private final Clauses clauses;
    private final List<Double> earned = new ArrayList<>();
    private final List<String> reasons = new ArrayList<>();
    private final List<Optional<List<FoundObject>>> groups = new ArrayList<>();

    PartialCredit(Clauses clauses) {
        this.clauses = clauses;
    }

    Verdict judge(GenEvalPrompt prompt) {
        for (Include clause : prompt.include()) {
            if (clause.count() == 0) {
                throw new IllegalArgumentException(
                        "GenEvalRules flow_grpo: a clause's count must be at least 1, got 0 of "
                                + clause.className()
                                + " in '"
                                + prompt.text()
                                + "'");
            }
            List<FoundObject> found = clauses.of(clause.className());
            boolean matched = matches(clause, found);
            groups.add(matched ? Optional.of(found) : Optional.empty());
        }
        double sum = earned.stream().mapToDouble(Double::doubleValue).sum();
        return new Verdict(
                reasons.isEmpty(),
                earned.isEmpty() ? 0 : sum / earned.size(),
                String.join("\n", reasons));
    }

    private boolean matches(Include clause, List<FoundObject> found) {
        earned.add(credit(clause, found.size()));
        if (found.size() != clause.count()) {
            reasons.add(
                    "expected "
                            + clause.className()
                            + "=="
                            + clause.count()
                            + ", found "
                            + found.size());
            if (clause.color().isPresent() || clause.position().isPresent()) {
                earned.add(0.0);
            }
            return false;
        }
        return colorMatches(clause, found) && positionMatches(clause, found);
    }

    private static double credit(Include clause, int found) {
        return 1 - Math.abs(clause.count() - found) / (double) clause.count();
    }

    private boolean colorMatches(Include clause, List<FoundObject> found) {
        if (clause.color().isEmpty()) {
            return true;
        }
        String color = clause.color().orElseThrow();
        List<String> answers = clauses.colors(clause, found);
        int right = Collections.frequency(answers, color);
        earned.add(credit(clause, right));
        if (right != clause.count()) {
            reasons.add(Clauses.otherColors(clause, color, answers));
            return false;
        }
        return true;
    }

    private boolean positionMatches(Include clause, List<FoundObject> found) {
        if (clause.position().isEmpty()) {
            return true;
        }
        GenEvalPrompt.Placement position = clause.position().orElseThrow();
        Optional<String> wrong = clauses.misplaced(clause, position, found, groups);
        wrong.ifPresent(reasons::add);
        if (wrong.isPresent()) {
            earned.add(0.0);
        }
        // As released, a wrong position earns 0 and then 1 as well, unless its target is missing.
        if (groups.get(position.clause()).isPresent()) {
            earned.add(1.0);
        }
        return wrong.isEmpty();
    }
}
