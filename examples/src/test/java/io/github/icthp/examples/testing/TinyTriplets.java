package io.github.icthp.examples.testing;

import io.github.icthp.examples.world.DrawnWorld;
import io.github.icthp.train.data.IctTargets;
import io.github.icthp.train.data.PickHighLayout;
import io.github.icthp.train.data.PickHighWriter;
import io.github.icthp.train.data.PreferenceTriplet;
import io.github.icthp.train.data.Split;

import java.io.IOException;
import java.nio.file.Path;

/** A few drawn triplets in the Pick-High layout, labeled alike. */
public final class TinyTriplets {

    private TinyTriplets() {}

    public static Path write(Path folder) throws IOException {
        write(folder, Split.TRAIN, 6);
        write(folder, Split.VAL, 3);
        return folder;
    }

    private static void write(Path folder, Split split, int rows) throws IOException {
        PickHighLayout layout = PickHighLayout.of(folder, split, "jsonl");
        try (PickHighWriter writer = PickHighWriter.labeled(layout)) {
            for (int row = 0; row < rows; row++) {
                PreferenceTriplet drawn = DrawnWorld.seed(1).side(32).split(split).get(row);
                writer.write(drawn.withTargets(new IctTargets(0.4, 0.8, 0.3, 0.6)));
            }
            writer.finish();
        }
    }

    /** Writes a split as people have it who have compared pictures: without labels. */
    public static void writeUnlabeled(Path folder, Split split, int rows) throws IOException {
        PickHighLayout layout = PickHighLayout.of(folder, split, "jsonl");
        try (PickHighWriter writer = PickHighWriter.unlabeled(layout)) {
            for (int row = 0; row < rows; row++) {
                writer.write(DrawnWorld.seed(1).side(32).split(split).get(row));
            }
            writer.finish();
        }
    }
}
