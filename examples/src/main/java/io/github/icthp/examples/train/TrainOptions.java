package io.github.icthp.examples.train;

import io.github.icthp.clip.ClipSettings;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.options.ArchitectureOption;
import io.github.icthp.train.Checkpointing;
import io.github.icthp.train.TrainerBuilder;
import io.github.icthp.train.TrainingResult;
import io.github.icthp.train.data.BadRowLog;
import io.github.icthp.train.data.DatasetException;
import io.github.icthp.train.data.PickHighDataset;
import io.github.icthp.train.data.PickHighLayout;
import io.github.icthp.train.data.PreferenceDataset;
import io.github.icthp.train.data.Split;
import io.github.icthp.training.DivergenceException;
import io.github.icthp.weights.hub.Hub;
import io.github.icthp.weights.hub.WeightLocator;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** What both reward models are trained from, where to, and how the run looks after itself. */
final class TrainOptions {

    @Mixin private TrainDevices where = new TrainDevices();

    @Option(
            names = "--base",
            paramLabel = "DIR",
            required = true,
            description = "the CLIP model to begin with: a folder, a file or a hub id")
    private String base = "";

    @Option(
            names = "--data",
            paramLabel = "DIR",
            required = true,
            description = "triplets in the Pick-High layout; train is trained on, val validates")
    private Path data = Path.of("");

    @Option(
            names = "--table",
            paramLabel = "FILE",
            description =
                    "another table for the images of train, such as one that label wrote: .pkl,"
                            + " .parquet or .jsonl")
    private @Nullable Path table;

    @Option(
            names = "--validation-table",
            paramLabel = "FILE",
            description = "another table for the images of val")
    private @Nullable Path validationTable;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "the run's folder: weights, checkpoints, metrics, curves")
    private Path out = Path.of("");

    @Option(
            names = "--config",
            paramLabel = "NAME",
            defaultValue = "paper",
            description = "paper, or released for the authors' code; default: ${DEFAULT-VALUE}")
    private Preset preset = Preset.PAPER;

    @Option(names = "--resume", description = "go on from the last checkpoint in --out, if any")
    private boolean resume;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "default: 0")
    private long seed;

    @Option(
            names = "--checkpointing",
            paramLabel = "KIND",
            defaultValue = "none",
            description =
                    "none, or layer to compute activations twice and keep few of them; default:"
                            + " ${DEFAULT-VALUE}")
    private Checkpointing checkpointing = Checkpointing.NONE;

    @Option(
            names = "--no-validation",
            description = "train without looking at the split val, which need not be there")
    private boolean noValidation;

    @Option(
            names = "--validation-rows",
            paramLabel = "N",
            defaultValue = "1000",
            description = "rows of val that are looked at; default: ${DEFAULT-VALUE}")
    private long validationRows;

    @Option(
            names = "--save-every",
            paramLabel = "N",
            defaultValue = "1000",
            description = "steps between checkpoints and evaluations; default: ${DEFAULT-VALUE}")
    private long saveEvery;

    @Option(
            names = "--keep",
            paramLabel = "N",
            defaultValue = "2",
            description = "checkpoints kept beside the best; default: ${DEFAULT-VALUE}")
    private int keep;

    @Mixin private ArchitectureOption architecture = new ArchitectureOption();

    @Option(
            names = "--patience",
            paramLabel = "N",
            defaultValue = "0",
            description = "stop after as many evaluations without a better one; default: never")
    private int patience;

    @Option(
            names = "--skip-bad",
            description = "skip rows that cannot be used and list them in OUT/bad-rows.jsonl")
    private boolean skipBad;

    private enum Preset {
        PAPER,
        RELEASED
    }

    boolean isReleased() {
        return preset == Preset.RELEASED;
    }

    /** Finds weights by path or hub id. */
    static Path find(@Nullable String name) {
        return new WeightLocator(Hub.ofEnvironment()).find(String.valueOf(name));
    }

    /** Trains what is made from the data. */
    int train(CommandLine command, Function<PreferenceDataset, TrainerBuilder<?>> trainer) {
        return train(command, false, trainer);
    }

    /** Trains what is made from the data, which must be labeled. */
    int trainOnLabels(CommandLine command, Function<PreferenceDataset, TrainerBuilder<?>> trainer) {
        return train(command, true, trainer);
    }

    private int train(
            CommandLine command,
            boolean onLabels,
            Function<PreferenceDataset, TrainerBuilder<?>> trainer) {
        try (TrainProgress progress = new TrainProgress(command);
                PickHighDataset train = open(Split.TRAIN, table)) {
            if (onLabels) {
                requireLabels(train);
            }
            TrainerBuilder<?> run =
                    describe(trainer.apply(train).data(train), command).listener(progress);
            if (noValidation) {
                tell(run.train(), command.getOut());
            } else {
                try (PreferenceDataset held = open(Split.VAL, validationTable)) {
                    tell(run.validation(held, validationRows).train(), command.getOut());
                }
            }
            return ExitCode.DONE;
        } catch (DivergenceException | UnusableException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new UnusableException(e);
        }
    }

    private PickHighDataset open(Split split, @Nullable Path other) {
        return other == null
                ? PickHighDataset.open(data, split)
                : PickHighDataset.open(PickHighLayout.of(data, split, other));
    }

    private void requireLabels(PickHighDataset train) {
        if (!train.isLabeled() && train.size().orElse(0) > 0) {
            throw new DatasetException(
                    String.format(
                            Locale.ROOT,
                            "%s: expected a table with the labels E1, E2, R1 and R2, which ICT is trained"
                                    + " on, got one without; write one with \"label --data %s --split train"
                                    + " --clip %s --out FILE\" and name it with --table FILE",
                            train.name(),
                            data,
                            base));
        }
    }

    private TrainerBuilder<?> describe(TrainerBuilder<?> run, CommandLine command)
            throws IOException {
        Path weights = ClipSettings.weights(find(base));
        ArchitectureOption.tell(
                ClipSettings.find(List.of(weights), Optional.empty(), architecture.named())
                        .assumption(),
                command);
        where.on(run)
                .base(weights)
                .output(out)
                .resume(resume)
                .seed(seed)
                .checkpointing(checkpointing)
                .saveEvery(saveEvery)
                .keep(keep)
                .patience(patience);
        architecture.named().ifPresent(run::architecture);
        return skipBad ? run.badRows(new BadRowLog(out.resolve("bad-rows.jsonl"))) : run;
    }

    private static void tell(TrainingResult result, PrintWriter told) {
        told.println(result.reason() + " after " + result.steps() + " steps");
        result.accuracy()
                .ifPresent(
                        accuracy ->
                                told.printf(
                                        Locale.ROOT,
                                        "best pair accuracy on val: %.2f %%%n",
                                        100 * accuracy));
        told.println("weights: " + result.last());
        if (!result.best().equals(result.last())) {
            told.println("best: " + result.best());
        }
        told.flush();
    }
}
