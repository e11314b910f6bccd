package io.github.icthp.examples.demo;

import io.github.icthp.examples.miniature.WorldPictures;
import io.github.icthp.examples.world.Scene;
import io.github.icthp.train.data.Split;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;

/**
 * What all tunings of a demonstration share.
 *
 * @param settings how much is done
 * @param heldOut scenes of the test world, whose prompts no model was trained on
 * @param folder where runs are kept
 */
record DemoRunContext(DemoSettings settings, List<Scene> heldOut, Path folder) {

    static DemoRunContext of(DemoSettings settings, Path folder) {
        WorldPictures world = new WorldPictures(settings.seed(), Split.TEST);
        return new DemoRunContext(
                settings,
                LongStream.range(0, settings.pictures()).mapToObj(world::scene).toList(),
                folder);
    }
}
