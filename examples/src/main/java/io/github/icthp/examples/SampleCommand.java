package io.github.icthp.examples;

import io.github.icthp.RewardModel;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.concurrent.Callable;

/** Scores drawn pictures with random weights: the whole way, with no download. */
@Command(
        name = "sample",
        description = "Scores three drawn pictures with a tiny model of random weights.",
        mixinStandardHelpOptions = true,
        versionProvider = IctHp.Version.class)
final class SampleCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Option(names = "--json", description = "one JSON object per image, in order")
    private boolean json;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (RewardModel model = SampleModel.open()) {
            if (!json) {
                out.println("prompt: " + SamplePictures.PROMPT);
            }
            ScoreReport report =
                    json
                            ? new JsonReport(out)
                            : new TableReport(spec.commandLine(), model.kind(), false);
            var pairs = SamplePictures.all();
            long failed = Scoring.run(model, pairs.stream(), pairs.size(), report);
            PrintWriter told = json ? spec.commandLine().getErr() : out;
            told.println(
                    "These weights are random: the numbers mean nothing until real weights are"
                            + " named (score --ict DIR --hp DIR).");
            told.flush();
            return failed == 0 ? IctHp.DONE : IctHp.SOME_FAILED;
        }
    }
}
