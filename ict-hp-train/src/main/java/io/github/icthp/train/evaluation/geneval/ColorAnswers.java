package io.github.icthp.train.evaluation.geneval;

import java.util.List;

/** Tells the colors of objects in one picture. */
@FunctionalInterface
public interface ColorAnswers {

    /** The colors that the benchmark knows, in its order. */
    List<String> COLORS =
            List.of(
                    "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black",
                    "white");

    /**
     * Tells the color of each object.
     *
     * @param className the objects' class
     * @param objects some objects of the class
     * @return as many of {@link #COLORS}
     */
    List<String> of(String className, List<FoundObject> objects);
}
