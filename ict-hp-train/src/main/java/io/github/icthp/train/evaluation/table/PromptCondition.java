package io.github.icthp.train.evaluation.table;

import java.util.Locale;

/** Which of a prompt's two forms a picture was made from. */
public enum PromptCondition {
    /** The prompt as a user wrote it. */
    BASE,
    /** The prompt that was refined from it. */
    REFINED;

    /**
     * Returns the name in manifests and reports.
     *
     * @return {@code base} or {@code refined}
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Reads a name.
     *
     * @param label {@code base} or {@code refined}, in any case
     * @return the condition
     * @throws IllegalArgumentException if it is something else
     */
    public static PromptCondition of(String label) {
        for (PromptCondition condition : values()) {
            if (condition.name().equalsIgnoreCase(label.strip())) {
                return condition;
            }
        }
        throw new IllegalArgumentException(
                "condition must be base or refined, got '" + label + "'");
    }
}
