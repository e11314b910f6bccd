package io.github.icthp.examples.world;

/**
 * An outline as a signed distance: negative inside, growing by 1 for every unit of length outwards
 * (near the outline exactly, elsewhere at least in sign).
 */
@FunctionalInterface
interface Outline {

    double distance(double x, double y);

    /** A disc about the origin. */
    static Outline disc(double radius) {
        return (x, y) -> Math.sqrt(x * x + y * y) - radius;
    }

    /**
     * A polygon: the distance to its nearest edge, with the sign by the even-odd rule.
     *
     * @param corners x and y of each corner in turn
     */
    static Outline polygon(double[] corners) {
        return (x, y) -> {
            double nearest = Double.MAX_VALUE;
            boolean inside = false;
            int n = corners.length;
            for (int i = 0; i < n; i += 2) {
                double ax = corners[i] - x;
                double ay = corners[i + 1] - y;
                double bx = corners[(i + 2) % n] - x;
                double by = corners[(i + 3) % n] - y;
                double ex = bx - ax;
                double ey = by - ay;
                double along = -(ax * ex + ay * ey) / (ex * ex + ey * ey);
                along = Math.max(0, Math.min(1, along));
                double dx = ax + along * ex;
                double dy = ay + along * ey;
                nearest = Math.min(nearest, dx * dx + dy * dy);
                inside ^= ay > 0 != by > 0 && ax - ay * ex / ey > 0;
            }
            double distance = Math.sqrt(nearest);
            return inside ? -distance : distance;
        };
    }

    /** This outline less another. */
    default Outline without(Outline other) {
        return (x, y) -> Math.max(distance(x, y), -other.distance(x, y));
    }

    /** This outline moved. */
    default Outline at(double centerX, double centerY) {
        return (x, y) -> distance(x - centerX, y - centerY);
    }

    /** This outline scaled, then turned clockwise by an angle in radians. */
    default Outline scaledAndTurned(double scale, double angle) {
        double cos = StrictMath.cos(angle) / scale;
        double sin = StrictMath.sin(angle) / scale;
        return (x, y) -> scale * distance(cos * x + sin * y, cos * y - sin * x);
    }
}
