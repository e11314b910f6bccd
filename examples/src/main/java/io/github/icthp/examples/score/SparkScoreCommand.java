package io.github.icthp.examples.score;

import io.github.icthp.Precision;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.console.Version;
import io.github.icthp.examples.options.RewardSpec;
import io.github.icthp.train.spark.SparkReward;
import io.github.icthp.train.spark.SparkScoreJob;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** Scores a table on Spark. */
@Command(
        name = "spark-score",
        description =
                "Scores a table's pictures on Spark, and writes the table with a column a reward."
                        + " Runs inside spark-submit; docs/scale.md says how.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class SparkScoreCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Option(
            names = "--input",
            paramLabel = "URI",
            required = true,
            description = "the table, in any file system that Spark reads")
    private String input = "";

    @Option(
            names = "--output",
            paramLabel = "URI",
            required = true,
            description = "the folder of the scored table")
    private String output = "";

    @Option(
            names = "--reward",
            paramLabel = RewardSpec.FORM,
            converter = RewardSpec.Converter.class,
            description =
                    "a scorer, as for score; repeatable. Every executor looks for its parts: a path"
                            + " that all have, or a hub id; for example ict-hp=/models/released, or"
                            + " ict-hp=ict=miniature:ict,hp=miniature:hp for the models that come along")
    private List<RewardSpec> rewards = new ArrayList<>();

    @Option(
            names = "--format",
            defaultValue = "parquet",
            description = "parquet, json or orc, of both tables; default: ${DEFAULT-VALUE}")
    private String format = "";

    @Option(
            names = "--prompt-column",
            paramLabel = "NAME",
            defaultValue = "prompt",
            description = "the column of prompts; default: ${DEFAULT-VALUE}")
    private String promptColumn = "";

    @Option(
            names = "--image-column",
            paramLabel = "NAME",
            defaultValue = "image",
            description =
                    "the column of pictures: paths, encoded pictures, or Hugging Face's structs;"
                            + " default: ${DEFAULT-VALUE}")
    private String imageColumn = "";

    @Option(
            names = "--device",
            defaultValue = "cpu",
            description =
                    "cpu; gpu, the one that Spark assigns to a task; or gpu:N; default:"
                            + " ${DEFAULT-VALUE}")
    private String device = "";

    @Option(
            names = "--precision",
            paramLabel = "TYPE",
            defaultValue = "auto",
            description =
                    "fp32, bf16, fp16 or auto (each executor for itself); default:"
                            + " ${DEFAULT-VALUE}")
    private Precision precision = Precision.AUTO;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "rows computed at once; at 1 scores do not depend on partitions in any bit;"
                            + " default: ${DEFAULT-VALUE}")
    private int batch;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "0",
            description = "spread the rows anew over N partitions; default: as they are read")
    private int partitions;

    @Option(names = "--overwrite", description = "replace what is at the output")
    private boolean overwrite;

    @Option(
            names = "--keep-images",
            description = "write encoded pictures again; paths are written anyway")
    private boolean keepImages;

    @Option(
            names = "--download",
            description = "executors download models of the hub that their caches lack")
    private boolean download;

    @Override
    public Integer call() {
        if (rewards.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "name at least one --reward " + RewardSpec.FORM);
        }
        if (!SparkScoreJob.isPossible()) {
            throw new UnusableException(
                    "spark-score runs inside Spark, whose classes are not here: start it by"
                            + " spark-submit --jars (every jar of lib, by commas) ict-hp.jar"
                            + " spark-score ... (docs/scale.md)");
        }
        SparkScoreJob.Result result = job().run(rewards());
        PrintWriter told = spec.commandLine().getOut();
        told.printf(
                Locale.ROOT,
                "%d rows scored, %d of them without a score: %s%n",
                result.rows(),
                result.failed(),
                output);
        told.flush();
        return result.failed() == 0 ? ExitCode.DONE : ExitCode.SOME_FAILED;
    }

    private SparkScoreJob job() {
        try {
            return SparkScoreJob.of(input, output)
                    .format(format)
                    .columns(promptColumn, imageColumn)
                    .partitions(partitions)
                    .overwrite(overwrite)
                    .keepImages(keepImages);
        } catch (IllegalArgumentException e) {
            throw new UnusableException(e);
        }
    }

    private List<SparkReward> rewards() {
        try {
            List<SparkReward> described = new ArrayList<>();
            for (RewardSpec named : rewards) {
                SparkReward reward =
                        SparkReward.named(named.name())
                                .device(device)
                                .precision(precision)
                                .batch(batch)
                                .download(download);
                for (var part : named.parts().entrySet()) {
                    reward = reward.part(part.getKey(), part.getValue());
                }
                described.add(reward);
            }
            return described;
        } catch (IllegalArgumentException e) {
            throw new UnusableException(e);
        }
    }
}
