package io.github.icthp.examples.world;

/** A thing with rounded edges, lit from the upper left by Blinn and Phong's rule. */
final class SolidThing {

    /** The depth, in radii, over which an edge is rounded. */
    private static final double BEVEL = 0.42;

    private static final double AMBIENT = 0.52;
    private static final double DIFFUSE = 0.62;

    /** The direction of the light, and halfway between it and the eye; both of length 1. */
    private static final double[] LIGHT = {-0.48, -0.62, 0.62};

    private static final double[] HALFWAY = {-0.266, -0.344, 0.90};

    private final PlacedThing thing;
    private final Material material;
    private final Noise noise;
    private final Outline outline;

    SolidThing(PlacedThing thing, Material material, Noise noise) {
        this.thing = thing;
        this.material = material;
        this.noise = noise;
        this.outline = thing.outline();
    }

    void paint(Canvas canvas) {
        for (int row = 0; row < canvas.side(); row++) {
            for (int column = 0; column < canvas.side(); column++) {
                double x = canvas.middle(column);
                double y = canvas.middle(row);
                double distance = outline.distance(x, y);
                double coverage = canvas.coverage(distance);
                if (coverage > 0) {
                    canvas.cover(column, row, color(x, y, distance), coverage);
                }
            }
        }
    }

    private Rgb color(double x, double y, double distance) {
        double step = 0.05 * thing.radius();
        double dx = (outline.distance(x + step, y) - outline.distance(x - step, y)) / (2 * step);
        double dy = (outline.distance(x, y + step) - outline.distance(x, y - step)) / (2 * step);
        double depth = Math.max(0, Math.min(1, -distance / (BEVEL * thing.radius())));
        double lean = (1 - depth) * 0.94;
        double up = Math.sqrt(1 - Math.min(1, lean * lean * (dx * dx + dy * dy)));
        double facing = toward(LIGHT, lean * dx, lean * dy, up);
        double gleam = toward(HALFWAY, lean * dx, lean * dy, up);
        double light = AMBIENT + DIFFUSE * facing;
        double highlight = material.gloss() * StrictMath.pow(gleam, material.sharpness());
        return grained(x, y, up).times(light).mix(Rgb.WHITE, Math.min(0.55, highlight));
    }

    private static double toward(double[] direction, double nx, double ny, double nz) {
        return Math.max(0, direction[0] * nx + direction[1] * ny + direction[2] * nz);
    }

    /** The material's own color at a place; {@code up} is 1 where it faces the eye. */
    private Rgb grained(double x, double y, double up) {
        Rgb paint = thing.color().paint();
        double u = (x - thing.x()) / thing.radius();
        double v = (y - thing.y()) / thing.radius();
        return switch (material) {
            case CERAMIC -> paint;
            case METAL -> paint.times(1 + 0.16 * noise.at(u * 1.5 + 9, v * 22));
            case WOOD -> {
                double ring = StrictMath.sin(17 * v + 6 * noise.at(u * 1.2, v * 2.2 + 40));
                yield paint.times(0.88 + 0.16 * ring + 0.06 * noise.at(u * 4, v * 30));
            }
            case MARBLE -> {
                double vein = Math.abs(noise.rough(u * 2.2 + 70, v * 2.2));
                yield paint.mix(Rgb.WHITE, Math.max(0, 0.42 - 4 * vein));
            }
            case VELVET -> paint.times(0.82 + 0.5 * (1 - up) + 0.07 * noise.at(u * 18, v * 18));
            case STONE -> paint.times(0.90 + 0.26 * noise.rough(u * 5 + 20, v * 5));
        };
    }
}
