package io.github.icthp.mask2former;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

import io.github.icthp.mask2former.DetectorPixels.Size;
import io.github.icthp.mask2former.DetectorPixels.Sizes;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes masks into objects as mmdet does: the best pairs of query and class, each with its query's
 * mask in the picture's size, scored by class and mask together.
 */
final class Instances {

    private static final int MOST = 100;

    private Instances() {}

    /** A query's mask and the mean probability inside it. */
    private record Scored(ObjectMask mask, float score) {}

    /**
     * Finds objects.
     *
     * @param classLogits (Q, L + 1)
     * @param maskLogits (Q, h, w)
     * @param above the score that objects must be above: a mask's score is at most 1, so queries
     *     whose classes do not reach it are not resized
     */
    static List<DetectedObject> of(
            NDArray classLogits, NDArray maskLogits, Sizes sizes, double above) {
        long labels = classLogits.getShape().get(1) - 1;
        NDList best = Mask2Former.PROGRAM.callList("best", classLogits, MOST);
        float[] scores = Tensors.toFloats(best.get(0));
        float[] places = Tensors.toFloats(best.get(1));
        Map<Integer, Scored> masks = new HashMap<>();
        List<DetectedObject> objects = new ArrayList<>();
        for (int i = 0; i < scores.length; i++) {
            int query = (int) ((long) places[i] / labels);
            int label = (int) ((long) places[i] % labels);
            if (scores[i] > (float) above || above == 0) {
                Scored mask = masks.computeIfAbsent(query, q -> mask(maskLogits.get(q), sizes));
                DetectedObject object = object(label, query, scores[i], mask);
                if (object.score() > (float) above || above == 0) {
                    objects.add(object);
                }
            }
        }
        objects.sort(
                Comparator.comparingDouble((DetectedObject object) -> -object.score())
                        .thenComparingInt(DetectedObject::label)
                        .thenComparingInt(DetectedObject::query));
        return objects;
    }

    private static DetectedObject object(int label, int query, float classScore, Scored mask) {
        int[] box = mask.mask().box();
        return new DetectedObject(
                label,
                query,
                classScore * mask.score(),
                box[0],
                box[1],
                box[2],
                box[3],
                mask.mask());
    }

    private static Scored mask(NDArray logits, Sizes sizes) {
        return TensorScope.call(
                () -> {
                    NDList inside = Mask2Former.PROGRAM.callList("inside", resize(logits, sizes));
                    Size size = sizes.original();
                    byte[] bytes = new byte[size.height() * size.width()];
                    Tensors.toBytes(inside.get(0)).get(bytes);
                    return new Scored(
                            ObjectMask.ofBytes(size.width(), size.height(), bytes),
                            (float) Tensors.toDouble(inside.get(1)));
                });
    }

    /** One mask's logits (h, w) in the size of the picture. */
    static NDArray resize(NDArray logits, Sizes sizes) {
        return Mask2Former.PROGRAM.call(
                "resize_mask",
                logits,
                sizes.padded().toArray(),
                sizes.resized().toArray(),
                sizes.original().toArray());
    }
}
