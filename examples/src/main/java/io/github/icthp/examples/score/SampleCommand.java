package io.github.icthp.examples.score;

import io.github.icthp.ImageSource;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.StandardOutput;
import io.github.icthp.examples.console.Version;
import io.github.icthp.examples.world.DrawnWorld;
import io.github.icthp.examples.world.Scene;
import io.github.icthp.train.data.Split;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.awt.image.BufferedImage;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;

/** Scores a drawn triplet with the trained miniatures: the whole way, with no download. */
@Command(
        name = "sample",
        description =
                "Scores three drawn pictures with the small trained models that come with it.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class SampleCommand implements Callable<Integer> {

    private static final long SEED = 7;

    @Spec private CommandSpec spec;

    @Option(names = "--json", description = "one JSON object per image, in order")
    private boolean json;

    @Override
    public Integer call() {
        PrintWriter out =
                json ? StandardOutput.json(spec.commandLine()) : spec.commandLine().getOut();
        Scene scene = DrawnWorld.seed(SEED).split(Split.TEST).scene(0);
        List<PromptImage> pairs =
                List.of(
                        pair(scene, "rejected", scene.rejected()),
                        pair(scene, "preferred", scene.preferred()),
                        pair(scene, "refined", scene.refined()));
        try (RewardModel model = RewardModel.combined().miniature().build()) {
            if (!json) {
                out.println("prompt: " + scene.easyPrompt());
            }
            ScoreReport report =
                    json
                            ? new JsonReport(out, model.provenance().assumption())
                            : new TableReport(spec.commandLine(), model.kind(), false);
            long failed =
                    Scoring.run(
                            model,
                            pairs.stream(),
                            pairs.size(),
                            report,
                            spec.commandLine().getErr());
            PrintWriter told = json ? spec.commandLine().getErr() : out;
            told.println(
                    "These models know a drawn world of colored shapes alone; for pictures of the"
                            + " world outside, name real weights (score --ict DIR --hp DIR).");
            told.flush();
            return failed == 0 ? ExitCode.DONE : ExitCode.SOME_FAILED;
        }
    }

    private static PromptImage pair(Scene scene, String name, BufferedImage picture) {
        return new PromptImage(scene.easyPrompt(), ImageSource.of(name, picture));
    }
}
