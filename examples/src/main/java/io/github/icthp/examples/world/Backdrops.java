package io.github.icthp.examples.world;

/** Sceneries by formula. None is colorful: {@link Patch} tells things by their chroma. */
final class Backdrops {

    private Backdrops() {}

    /** The scenery's color at a place; x and y run from 0 to 1. */
    static Rgb at(Backdrop backdrop, double x, double y, Noise noise) {
        return switch (backdrop) {
            case LAKE -> lake(x, y, noise);
            case NIGHT -> night(x, y, noise);
            case MOUNTAINS -> mountains(x, y, noise);
            case DUNES -> dunes(x, y, noise);
            case FOREST -> forest(x, y, noise);
            case WALL -> wall(x, y, noise);
            case TABLE -> table(x, y, noise);
            case CLOUDS -> clouds(x, y, noise);
        };
    }

    private static Rgb lake(double x, double y, Noise noise) {
        Rgb sky = new Rgb(0.90, 0.84, 0.80).mix(new Rgb(0.66, 0.71, 0.78), 1 - y * 1.7);
        double shore = 0.5 + 0.05 * noise.rough(x * 5, 3);
        if (y < shore - 0.06) {
            return sky.mix(Rgb.WHITE, 0.12 + 0.12 * noise.rough(x * 3, y * 9));
        }
        if (y < 0.54) {
            return new Rgb(0.52, 0.57, 0.62).mix(sky, 0.35);
        }
        double ripple = noise.at(x * 4, y * y * 40);
        return new Rgb(0.72, 0.72, 0.74)
                .mix(new Rgb(0.46, 0.52, 0.60), (y - 0.5) * 1.7)
                .times(1 + 0.09 * ripple);
    }

    private static Rgb night(double x, double y, Noise noise) {
        Rgb sky = new Rgb(0.06, 0.07, 0.14).mix(new Rgb(0.20, 0.20, 0.32), y * y);
        double milk = Math.max(0, noise.rough(x * 3 + y * 2, y * 3 - x)) * 0.25;
        double cells = 22;
        double star = noise.cell((long) (x * cells), (long) (y * cells));
        double dx = x * cells - Math.floor(x * cells) - 0.5;
        double dy = y * cells - Math.floor(y * cells) - 0.5;
        double glow = star > 0.82 ? Math.max(0, 1 - 3 * Math.sqrt(dx * dx + dy * dy)) * star : 0;
        return sky.mix(new Rgb(0.55, 0.53, 0.62), milk).mix(Rgb.WHITE, glow);
    }

    private static Rgb mountains(double x, double y, Noise noise) {
        Rgb color = new Rgb(0.62, 0.69, 0.78).mix(new Rgb(0.88, 0.88, 0.90), y * 1.6);
        for (int ridge = 0; ridge < 3; ridge++) {
            double crest = 0.34 + 0.2 * ridge + 0.16 * noise.rough(x * (3 + ridge), 10 * ridge + 5);
            if (y > crest) {
                double snow = Math.max(0, 1 - (y - crest) * 5 + 0.5 * noise.rough(x * 14, y * 14));
                Rgb rock = Rgb.gray(0.52 - 0.1 * ridge).mix(new Rgb(0.40, 0.44, 0.52), 0.5);
                color = rock.mix(new Rgb(0.94, 0.95, 0.98), Math.min(1, snow));
            }
        }
        return color;
    }

    private static Rgb dunes(double x, double y, Noise noise) {
        if (y < 0.36 + 0.05 * noise.at(x * 2.5, 1)) {
            return new Rgb(0.74, 0.76, 0.78).mix(new Rgb(0.90, 0.86, 0.80), y * 2.4);
        }
        double wave = StrictMath.sin(26 * (y + 0.10 * noise.at(x * 2, y * 4)) + 3 * x);
        Rgb sand = new Rgb(0.81, 0.74, 0.65).mix(new Rgb(0.62, 0.56, 0.49), (y - 0.36) * 1.2);
        return sand.times(1 + 0.10 * wave + 0.04 * noise.at(x * 40, y * 40));
    }

    private static Rgb forest(double x, double y, Noise noise) {
        Rgb fog = new Rgb(0.74, 0.78, 0.76).mix(new Rgb(0.56, 0.61, 0.58), y);
        for (int row = 0; row < 3; row++) {
            double bend = x + 0.015 * noise.at(y * 4, row);
            double trunk = noise.at(bend * (9 + 4 * row), 50 + row) - 0.42 + 0.05 * row;
            double dark = Math.max(0, Math.min(1, trunk * 14)) * (0.28 + 0.2 * row);
            fog = fog.mix(new Rgb(0.24, 0.28, 0.26), dark);
        }
        double ground = Math.max(0, y - 0.8 + 0.05 * noise.rough(x * 6, 9)) * 3;
        return fog.mix(new Rgb(0.32, 0.34, 0.29), Math.min(0.8, ground));
    }

    private static Rgb wall(double x, double y, Noise noise) {
        double row = y * 6;
        double column = x * 4 + 0.5 * (Math.floor(row) % 2);
        double stone = noise.cell((long) column, (long) row);
        double inRow = Math.min(row - Math.floor(row), Math.ceil(row) - row) / 6;
        double inColumn = Math.min(column - Math.floor(column), Math.ceil(column) - column) / 4;
        double joint = Math.min(inRow, inColumn) + 0.006 * noise.at(x * 25, y * 25);
        double shade = 0.60 + 0.08 * stone + 0.12 * noise.rough(x * 12, y * 12);
        double depth = Math.max(0, Math.min(1, joint * 60));
        return new Rgb(shade, shade * 0.97, shade * 0.91).times(0.55 + 0.45 * depth);
    }

    private static Rgb table(double x, double y, Noise noise) {
        double plank = Math.floor(y * 5);
        double grain = noise.rough(x * 3 + 7 * plank, y * 42);
        double gap = Math.min(y * 5 - plank, plank + 1 - y * 5);
        double shade = 1 + 0.16 * grain + 0.08 * noise.cell(3, (long) plank);
        return new Rgb(0.55, 0.49, 0.42).times(shade).times(gap < 0.06 ? 0.62 : 1);
    }

    private static Rgb clouds(double x, double y, Noise noise) {
        double bulge = noise.rough(x * 3, y * 5) + 0.5 * noise.rough(x * 7 + 4, y * 9);
        double light = 0.48 + 0.24 * bulge + 0.12 * (1 - y);
        Rgb cloud = new Rgb(light * 0.95, light * 0.98, light * 1.06);
        double horizon = Math.max(0, 1 - Math.abs(y - 0.95) * 7);
        return cloud.mix(new Rgb(0.80, 0.78, 0.72), 0.6 * horizon);
    }
}
