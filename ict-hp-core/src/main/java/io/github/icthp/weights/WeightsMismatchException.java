package io.github.icthp.weights;

import com.google.common.collect.ImmutableList;

import java.util.List;
import java.util.Set;

/** Weights that do not fit the model they were opened for; one exception lists everything. */
public final class WeightsMismatchException extends RuntimeException {

    private static final long serialVersionUID = 1L;
    private static final int SHOWN = 12;

    /** Keys that the weights lack. */
    private final ImmutableList<String> missing;

    /** Keys that the model lacks. */
    private final ImmutableList<String> unexpected;

    /** Keys with both shapes. */
    private final ImmutableList<String> misshapen;

    WeightsMismatchException(
            String source, List<String> missing, List<String> unexpected, List<String> misshapen) {
        super(
                "Weights "
                        + source
                        + " do not fit the model: "
                        + part("missing", missing)
                        + part("unexpected", unexpected)
                        + part("misshapen", misshapen)
                        + Wrappers.explain(Set.copyOf(missing), unexpected)
                                .orElse("check that its configuration belongs to these weights"));
        this.missing = ImmutableList.copyOf(missing);
        this.unexpected = ImmutableList.copyOf(unexpected);
        this.misshapen = ImmutableList.copyOf(misshapen);
    }

    private static String part(String what, List<String> keys) {
        if (keys.isEmpty()) {
            return "";
        }
        String list = String.join(", ", keys.subList(0, Math.min(SHOWN, keys.size())));
        String more = keys.size() > SHOWN ? ", … (" + (keys.size() - SHOWN) + " more)" : "";
        return keys.size() + " " + what + " [" + list + more + "]; ";
    }

    /**
     * Returns the keys that the model has and the weights lack.
     *
     * @return all of them
     */
    public ImmutableList<String> missing() {
        return missing;
    }

    /**
     * Returns the keys that the weights have and the model lacks.
     *
     * @return all of them
     */
    public ImmutableList<String> unexpected() {
        return unexpected;
    }

    /**
     * Returns the keys whose shapes differ, each with what was expected and what came.
     *
     * @return all of them
     */
    public ImmutableList<String> misshapen() {
        return misshapen;
    }
}
