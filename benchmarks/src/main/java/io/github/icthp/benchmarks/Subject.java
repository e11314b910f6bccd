package io.github.icthp.benchmarks;

import ai.djl.Device;

import io.github.icthp.ImageSource;
import io.github.icthp.Miniature;
import io.github.icthp.Precision;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardModelBuilder;
import io.github.icthp.examples.world.DrawnWorld;
import io.github.icthp.examples.world.Scene;
import io.github.icthp.examples.world.WorldSplit;
import io.github.icthp.train.data.Split;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** What is benchmarked: the weights of {@code -Dict-hp.weights}, or the miniatures. */
final class Subject {

    private Subject() {}

    /** Returns a folder in the released layout. */
    static Path weights() {
        String named = System.getProperty("ict-hp.weights");
        return named == null ? tiny() : Path.of(named);
    }

    /** Returns the folder of the trained miniatures. */
    static Path tiny() {
        return Miniature.clip().getParent();
    }

    /** Draws pictures, each with a prompt. */
    static List<PromptImage> pictures(int count) {
        WorldSplit world = DrawnWorld.seed(1).split(Split.TEST);
        return IntStream.range(0, count).mapToObj(i -> picture(world.scene(i))).toList();
    }

    private static PromptImage picture(Scene scene) {
        return new PromptImage(scene.easyPrompt(), ImageSource.of("drawing", scene.refined()));
    }

    /** Begins to build a model of ICT and HP. */
    static RewardModelBuilder model(Path weights, Device device, Precision precision) {
        RewardModelBuilder builder =
                RewardModel.combined().ict(weights).hp(weights).device(device).precision(precision);
        Path base = weights.resolve("base");
        return Files.isDirectory(base) ? builder.base(base) : builder;
    }
}
