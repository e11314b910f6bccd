package io.github.icthp.train.evaluation.geneval;

import io.github.icthp.image.RgbImage;

import java.util.List;
import java.util.Map;

/** Finds the objects of pictures, and tells their colors. */
public interface PictureDetector {

    /**
     * What was found in a picture.
     *
     * @param detections by class, in the detector's order of classes and of objects
     * @param colors tells colors of these objects, until the next picture is looked at
     */
    record Found(Map<String, List<Detection>> detections, ColorAnswers colors) {}

    /**
     * Looks at a picture.
     *
     * @param image the picture
     * @param above the score that objects must be above
     * @return what was found
     */
    Found find(RgbImage image, double above);

    /**
     * Returns what makes results comparable: which networks, and how they compute.
     *
     * @return facts by name, equal for equal results
     */
    Map<String, String> made();
}
