package io.github.icthp.train.evaluation.geneval;

import ai.djl.Device;

import com.google.common.collect.ImmutableMap;
import com.google.common.io.Resources;

import io.github.icthp.image.RgbImage;
import io.github.icthp.mask2former.DetectedObject;
import io.github.icthp.mask2former.Mask2Former;
import io.github.icthp.mask2former.ObjectMask;
import io.github.icthp.torch.DType;
import io.github.icthp.training.WeightHashes;
import io.github.icthp.weights.Weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The benchmark's networks: Mask2Former with COCO's 80 classes, and CLIP for colors.
 *
 * <p>One thread at a time.
 */
public final class GenEvalDetector implements PictureDetector, AutoCloseable {

    /** COCO's classes in the detector's order, three of them renamed as the prompts have them. */
    public static final List<String> CLASSES = classes();

    private final Mask2Former detector;
    private final ClipColors colors;
    private final ImmutableMap<String, String> made;

    private GenEvalDetector(
            Mask2Former detector, ClipColors colors, ImmutableMap<String, String> made) {
        this.detector = detector;
        this.colors = colors;
        this.made = made;
    }

    private static List<String> classes() {
        try {
            return List.copyOf(
                    Resources.readLines(
                            Resources.getResource(GenEvalDetector.class, "classes.txt"),
                            StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("GenEvalDetector: classes.txt cannot be read", e);
        }
    }

    /**
     * Loads both networks.
     *
     * @param detector weights of a Mask2Former with a Swin backbone, see {@link Mask2Former#load}
     * @param clip weights of CLIP, see {@link ClipColors#load}
     * @param clipBase the folder of CLIP's configuration, if it lies elsewhere
     * @param device where they run
     * @param type what backbone and CLIP compute in
     * @return the networks; close them to free their parameters
     * @throws IllegalArgumentException if the detector does not know 80 classes
     */
    public static GenEvalDetector load(
            Path detector, Path clip, Optional<Path> clipBase, Device device, DType type) {
        Mask2Former objects = Mask2Former.load(detector, device, type);
        try {
            if (objects.config().labels() != CLASSES.size()) {
                throw new IllegalArgumentException(
                        "GenEvalDetector: expected a detector of COCO's "
                                + CLASSES.size()
                                + " classes, got "
                                + objects.config().labels()
                                + " in "
                                + detector);
            }
            return new GenEvalDetector(
                    objects,
                    ClipColors.load(clip, clipBase, device, type),
                    ImmutableMap.of(
                            "detector", WeightHashes.sha256(Weights.locate(detector)),
                            "clip", WeightHashes.sha256(ClipColors.file(clip)),
                            "type", type.toString(),
                            "device", device.getDeviceType()));
        } catch (RuntimeException | Error e) {
            objects.close();
            throw e;
        }
    }

    /**
     * Returns what no file said of CLIP and was assumed.
     *
     * @return a sentence, or an empty string
     */
    public String assumption() {
        return colors.assumption();
    }

    @Override
    public Found find(RgbImage image, double above) {
        Map<String, List<Detection>> boxes = new LinkedHashMap<>();
        Map<String, List<ObjectMask>> masks = new LinkedHashMap<>();
        CLASSES.forEach(
                name -> {
                    boxes.put(name, new ArrayList<>());
                    masks.put(name, new ArrayList<>());
                });
        for (DetectedObject object : detector.detect(image, above)) {
            String name = CLASSES.get(object.label());
            boxes.get(name)
                    .add(
                            new Detection(
                                    object.left(),
                                    object.top(),
                                    object.right(),
                                    object.bottom(),
                                    object.score()));
            masks.get(name).add(object.mask());
        }
        return new Found(boxes, colors.in(image, masks));
    }

    @Override
    public Map<String, String> made() {
        return made;
    }

    /** Frees every parameter. */
    @Override
    public void close() {
        detector.close();
        colors.close();
    }
}
