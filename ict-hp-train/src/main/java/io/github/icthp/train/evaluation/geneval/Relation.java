package io.github.icthp.train.evaluation.geneval;

import java.util.ArrayList;
import java.util.List;

/** How two objects lie to each other, in single precision as the original computes it. */
final class Relation {

    private static final float NOTHING = 1e-3f;
    private static final float HALF = 0.5f;

    private Relation() {}

    /**
     * Tells how an object lies to another: none, one or two of {@code left of}, {@code right of},
     * {@code above} and {@code below}, the horizontal one first.
     *
     * <p>The centers' distance is shortened by a share of the objects' sizes, and compared with the
     * length of the distance before that.
     */
    static List<String> of(Detection object, Detection target, double positionThreshold) {
        float x = center(object.left(), object.right()) - center(target.left(), target.right());
        float y = center(object.top(), object.bottom()) - center(target.top(), target.bottom());
        float shareOfSizes = (float) positionThreshold;
        float dx = shorten(x, shareOfSizes * (width(object) + width(target)));
        float dy = shorten(y, shareOfSizes * (height(object) + height(target)));
        List<String> relations = new ArrayList<>();
        if (Math.abs(dx) < NOTHING && Math.abs(dy) < NOTHING) {
            return relations;
        }
        float length = (float) Math.sqrt(x * x + y * y);
        add(relations, dx / length, "left of", "right of");
        add(relations, dy / length, "above", "below");
        return relations;
    }

    private static void add(List<String> relations, float share, String before, String after) {
        if (share < -HALF) {
            relations.add(before);
        } else if (share > HALF) {
            relations.add(after);
        }
    }

    private static float center(float from, float to) {
        return (from + to) / 2;
    }

    private static float width(Detection box) {
        return Math.abs(box.right() - box.left());
    }

    private static float height(Detection box) {
        return Math.abs(box.bottom() - box.top());
    }

    private static float shorten(float offset, float by) {
        return Math.max(Math.abs(offset) - by, 0) * Math.signum(offset);
    }
}
