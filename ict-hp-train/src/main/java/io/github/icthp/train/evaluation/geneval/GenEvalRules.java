package io.github.icthp.train.evaluation.geneval;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Sets of rules by which a picture's objects are compared with its prompt. */
public enum GenEvalRules {
    /** The published benchmark's: a picture is right or wrong. */
    GENEVAL("geneval"),

    /**
     * Those of flow_grpo's reward: counts must be exact, exclusions are not read, and a picture
     * gets the mean of what each clause earns.
     */
    FLOW_GRPO("flow_grpo");

    private final String text;

    GenEvalRules(String text) {
        this.text = text;
    }

    /**
     * Returns the rules of a name.
     *
     * @param name {@code geneval} or {@code flow_grpo}
     * @return the rules
     * @throws IllegalArgumentException if there are none
     */
    public static GenEvalRules of(String name) {
        return Arrays.stream(values())
                .filter(rules -> rules.text.equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "GenEvalRules: expected one of "
                                                + Arrays.stream(values())
                                                        .map(GenEvalRules::toString)
                                                        .collect(Collectors.joining(", "))
                                                + ", got '"
                                                + name
                                                + "'"));
    }

    /**
     * Judges a picture.
     *
     * @param prompt what it should show
     * @param detections what the detector found, by class, in its order
     * @param settings thresholds
     * @param colors tells the colors of objects, asked only where a clause names one
     * @return the verdict
     * @throws IllegalArgumentException if a clause has no meaning under these rules
     */
    public Verdict judge(
            GenEvalPrompt prompt,
            Map<String, List<Detection>> detections,
            GenEvalSettings settings,
            ColorAnswers colors) {
        return judge(
                prompt,
                FoundObjects.of(detections, settings.thresholdOf(prompt), settings),
                settings,
                colors);
    }

    Verdict judge(
            GenEvalPrompt prompt,
            FoundObjects objects,
            GenEvalSettings settings,
            ColorAnswers colors) {
        Clauses clauses = new Clauses(objects, settings, colors);
        return switch (this) {
            case GENEVAL -> clauses.judge(prompt);
            case FLOW_GRPO -> new PartialCredit(clauses).judge(prompt);
        };
    }

    /** Returns the name, as {@link #of} takes it. */
    @Override
    public String toString() {
        return text;
    }
}
