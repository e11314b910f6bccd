package io.github.icthp.examples.world;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Finds places for the things of a scene: inside the picture and apart from each other. */
final class Layout {

    private static final double[][] TWO = {{.28, .5, .72, .5}, {.3, .3, .7, .7}, {.3, .7, .7, .3}};
    private static final double[][] THREE = {
        {.5, .27, .27, .7, .73, .7}, {.27, .3, .73, .3, .5, .72}, {.2, .28, .5, .5, .8, .72}
    };
    private static final double[][] FOUR = {
        {.28, .28, .72, .28, .28, .72, .72, .72}, {.5, .2, .2, .5, .8, .5, .5, .8}
    };
    private static final double[][] SIDE_BY_SIDE = {{.27, .5, .73, .5}, {.27, .4, .73, .6}};
    private static final double[][] STACKED = {{.5, .27, .5, .73}, {.4, .27, .6, .73}};
    private static final double[] RADII = {.27, .19, .165, .15};
    private static final double TILT = 0.16;

    private final SplittableRandom random;

    Layout(SplittableRandom random) {
        this.random = random;
    }

    /** Places a scene's things, in the order in which they are named. */
    List<PlacedThing> place(SceneContent content) {
        Things first = content.things().get(0);
        if (content.things().size() == 2) {
            return pair(content);
        }
        if (first.count() == 1) {
            return List.of(single(first));
        }
        double[][][] slots = {TWO, THREE, FOUR};
        double[] slot = pick(slots[first.count() - 2]);
        List<PlacedThing> placed = new ArrayList<>();
        for (int i = 0; i < first.count(); i++) {
            placed.add(inSlot(first, slot, i, RADII[first.count() - 1]));
        }
        return placed;
    }

    private List<PlacedThing> pair(SceneContent content) {
        double[] slot =
                switch (content.relation()) {
                    case LEFT_OF -> pick(SIDE_BY_SIDE);
                    case ABOVE -> pick(STACKED);
                    case AND -> pick(TWO);
                };
        boolean swap = content.relation() == Relation.AND && random.nextBoolean();
        return List.of(
                inSlot(content.things().get(0), slot, swap ? 1 : 0, RADII[1]),
                inSlot(content.things().get(1), slot, swap ? 0 : 1, RADII[1]));
    }

    private PlacedThing single(Things thing) {
        double radius =
                switch (thing.size()) {
                    case ANY -> thing.place() == Place.ANY ? .27 : .21;
                    case SMALL -> .16;
                    case LARGE -> .40;
                };
        double jitter = thing.size() == Size.LARGE ? .02 : .04;
        double x = .5 + .24 * thing.place().x();
        double y = .5 + .24 * thing.place().y();
        return at(thing, x, y, jitter, radius);
    }

    private PlacedThing inSlot(Things thing, double[] slot, int i, double radius) {
        return at(thing, slot[2 * i], slot[2 * i + 1], .025, radius);
    }

    private PlacedThing at(Things thing, double x, double y, double jitter, double radius) {
        return new PlacedThing(
                thing.figure(),
                thing.color(),
                x + about(jitter),
                y + about(jitter),
                radius * (1 + about(.06)),
                about(TILT));
    }

    private double about(double reach) {
        return random.nextDouble(-reach, reach);
    }

    private double[] pick(double[][] choices) {
        return choices[random.nextInt(choices.length)];
    }
}
