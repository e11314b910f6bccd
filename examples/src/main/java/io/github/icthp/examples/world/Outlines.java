package io.github.icthp.examples.world;

import java.util.EnumMap;
import java.util.Map;

/** The outlines of shapes of radius 1 at the origin, y pointing down. */
final class Outlines {

    private static final Map<Figure, Outline> ALL = new EnumMap<>(Figure.class);

    static {
        for (Figure figure : Figure.values()) {
            ALL.put(figure, outline(figure));
        }
    }

    private Outlines() {}

    static Outline of(Figure figure) {
        return ALL.get(figure);
    }

    private static Outline outline(Figure figure) {
        return switch (figure) {
            case CIRCLE -> Outline.disc(0.92);
            case SQUARE -> Outline.polygon(square(0.76));
            case TRIANGLE -> Outline.polygon(triangle(0.98));
            case STAR -> Outline.polygon(star(5, 1, 0.46));
            case HEART -> Outline.polygon(heart(40));
            case RING -> Outline.disc(0.92).without(Outline.disc(0.5));
            case CROSS -> Outline.polygon(cross(0.9, 0.3));
            case MOON -> Outline.disc(0.92).without(Outline.disc(0.72).at(0.5, -0.08));
        };
    }

    private static double[] square(double half) {
        return new double[] {-half, -half, half, -half, half, half, -half, half};
    }

    /** Equal sides, pointing up, its middle a little below its center of gravity. */
    private static double[] triangle(double radius) {
        double half = radius * Math.sqrt(3) / 2;
        double base = radius * 0.68;
        return new double[] {0, -radius * 0.88, half, base, -half, base};
    }

    private static double[] star(int points, double outer, double inner) {
        double[] corners = new double[4 * points];
        for (int i = 0; i < 2 * points; i++) {
            double radius = i % 2 == 0 ? outer : inner;
            double angle = Math.PI * i / points;
            corners[2 * i] = radius * StrictMath.sin(angle);
            corners[2 * i + 1] = -radius * StrictMath.cos(angle);
        }
        return corners;
    }

    private static double[] cross(double arm, double half) {
        double a = arm;
        double h = half;
        return new double[] {
            -h, -a, h, -a, h, -h, a, -h, a, h, h, h, h, a, -h, a, -h, h, -a, h, -a, -h, -h, -h
        };
    }

    /** The curve x = 16 sin³, y = 13 cos − 5 cos 2 − 2 cos 3 − cos 4, in so many corners. */
    private static double[] heart(int corners) {
        double[] result = new double[2 * corners];
        for (int i = 0; i < corners; i++) {
            double t = 2 * Math.PI * (i + 0.5) / corners;
            double sin = StrictMath.sin(t);
            double y =
                    13 * StrictMath.cos(t)
                            - 5 * StrictMath.cos(2 * t)
                            - 2 * StrictMath.cos(3 * t)
                            - StrictMath.cos(4 * t);
            result[2 * i] = 16 * sin * sin * sin / 17.5;
            result[2 * i + 1] = -(y + 2) / 17.5;
        }
        return result;
    }
}
