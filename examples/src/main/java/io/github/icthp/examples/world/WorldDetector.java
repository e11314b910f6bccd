package io.github.icthp.examples.world;

import io.github.icthp.image.RgbImage;
import io.github.icthp.train.evaluation.geneval.Detection;
import io.github.icthp.train.evaluation.geneval.PictureDetector;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the drawn world's things in pictures, for GenEval's rules: by {@link Truths}, which is
 * arithmetic and no model. Classes are shapes; whatever is found has a score of 1.
 */
final class WorldDetector implements PictureDetector {

    /** Creates the detector. */
    public WorldDetector() {}

    @Override
    public Found find(RgbImage image, double above) {
        BufferedImage picture =
                new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
        byte[] rgb = image.rgb();
        for (int i = 0; i < image.width() * image.height(); i++) {
            int pixel =
                    (rgb[3 * i] & 255) << 16 | (rgb[3 * i + 1] & 255) << 8 | (rgb[3 * i + 2] & 255);
            picture.setRGB(i % image.width(), i / image.width(), pixel);
        }
        return find(picture);
    }

    /** Looks at a square picture. */
    static Found find(BufferedImage picture) {
        int side = picture.getWidth();
        Map<String, List<Detection>> detections = new LinkedHashMap<>();
        Map<String, List<String>> colors = new LinkedHashMap<>();
        for (FoundThing thing : Truths.of(picture).things()) {
            String name = thing.figure().word(1);
            detections.computeIfAbsent(name, any -> new ArrayList<>()).add(box(thing, side));
            colors.computeIfAbsent(name, any -> new ArrayList<>()).add(thing.color().word());
        }
        return new Found(
                detections,
                (name, objects) ->
                        objects.stream().map(o -> colors.get(name).get(o.index())).toList());
    }

    private static Detection box(FoundThing thing, int side) {
        return new Detection(
                (float) (side * (thing.x() - thing.width() / 2)),
                (float) (side * (thing.y() - thing.height() / 2)),
                (float) (side * (thing.x() + thing.width() / 2)),
                (float) (side * (thing.y() + thing.height() / 2)),
                1);
    }

    @Override
    public Map<String, String> made() {
        return Map.of("detector", "strong colors and outlines of the drawn world");
    }
}
