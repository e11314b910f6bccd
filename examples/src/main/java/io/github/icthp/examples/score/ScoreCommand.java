package io.github.icthp.examples.score;

import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.StandardOutput;
import io.github.icthp.examples.console.Version;
import io.github.icthp.examples.input.PairSource;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/** Scores images. */
@Command(
        name = "score",
        description = "Scores images with ICT, HP or both, or with any other scorer by --reward.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class ScoreCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Mixin private ModelOptions model = new ModelOptions();

    @Option(
            names = "--prompt",
            paramLabel = "P",
            description = "the text; for --pairs, that of rows without one")
    private @Nullable String prompt;

    @Option(
            names = "--pairs",
            paramLabel = "FILE",
            description =
                    "image and prompt of every row: .jsonl, or .csv with a header; relative image"
                            + " paths start at the file's folder")
    private @Nullable Path pairs;

    @Option(names = "--json", description = "one JSON object per image, in order")
    private boolean json;

    @Parameters(paramLabel = "IMAGE", description = "image files", arity = "0..*")
    private List<Path> images = List.of();

    @Override
    public Integer call() {
        PairSource source = source();
        long total = source.count();
        try (RewardModel reward = model.open();
                Stream<PromptImage> stream = source.open()) {
            ScoreReport report =
                    json
                            ? new JsonReport(
                                    StandardOutput.json(spec.commandLine()),
                                    reward.provenance().assumption())
                            : new TableReport(spec.commandLine(), reward.kind(), pairs != null);
            long failed = Scoring.run(reward, stream, total, report, spec.commandLine().getErr());
            return failed == 0 ? ExitCode.DONE : ExitCode.SOME_FAILED;
        }
    }

    private PairSource source() {
        require(pairs == null || images.isEmpty(), "name IMAGE files or --pairs, not both");
        require(pairs != null || !images.isEmpty(), "name at least one IMAGE, or --pairs FILE");
        if (pairs != null) {
            return PairSource.of(
                    "--pairs", pairs, Optional.ofNullable(prompt), !model.usesPrompts());
        }
        require(
                prompt != null || !model.usesPrompts(),
                "this scorer compares images with a text: name it with --prompt");
        return PairSource.of(images, prompt == null ? "" : prompt);
    }

    private void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new ParameterException(spec.commandLine(), otherwise);
        }
    }
}
