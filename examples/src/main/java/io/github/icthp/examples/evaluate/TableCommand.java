package io.github.icthp.examples.evaluate;

import io.github.icthp.RewardModel;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.UnreadNotes;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.console.Version;
import io.github.icthp.examples.options.ArchitectureOption;
import io.github.icthp.examples.options.DeviceOptions;
import io.github.icthp.examples.options.RewardSpec;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.train.data.DatasetException;
import io.github.icthp.train.evaluation.table.ScoreTable;
import io.github.icthp.train.evaluation.table.ScoreTableReport;
import io.github.icthp.train.evaluation.table.ScoreTableResult;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/** Compares generators by rewards. */
@Command(
        name = "table",
        description =
                "Scores the pictures of several generators by several rewards: means with 95 %%"
                        + " intervals, refined against base prompts, and one generator against"
                        + " another.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class TableCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Mixin private PictureOptions pictures = new PictureOptions();

    @Mixin private StateOptions state = new StateOptions();

    @Mixin private DeviceOptions device = new DeviceOptions();

    @Option(
            names = "--reward",
            required = true,
            paramLabel = "NAME=LOCATION",
            converter = TableColumn.Converter.class,
            description = {
                "a column: pickscore=DIR, hps=FILE, clip=DIR, ict=DIR, hp=DIR, ict-hp=DIR, itm=DIR,"
                        + " image-reward=FILE, aesthetic=CLIP,HEAD; base=DIR after a comma is where its"
                        + " configuration lies; jpeg (-kB) or jpeg-500 (-kB / 500) is the size as a"
                        + " JPEG file; may be given repeatedly"
            })
    private List<TableColumn> columns = List.of();

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "8",
            description = "images computed at once; default: ${DEFAULT-VALUE}")
    private int batch;

    @Option(
            names = "--one-at-a-time",
            description =
                    "load models one after another, where memory does not hold all of them;"
                            + " pictures are then decoded for each")
    private boolean oneAtATime;

    @Mixin private ResamplingOptions intervals = new ResamplingOptions();

    @Option(names = "--published", description = "show the paper's Table 6 too")
    private boolean published;

    @Mixin private ReportOptions reports = new ReportOptions();

    @Override
    public Integer call() throws IOException {
        reports.check(spec.commandLine());
        try {
            return tell(computed());
        } catch (DatasetException | IllegalArgumentException e) {
            throw new UnusableException(e);
        }
    }

    /** The progress line is gone before results are printed. */
    private ScoreTableResult computed() throws IOException {
        try (TableProgress progress = new TableProgress()) {
            ScoreTable table =
                    ScoreTable.of(pictures.rows(spec.commandLine()))
                            .resamples(intervals.resamples)
                            .seed(intervals.seed)
                            .progress(progress::accept);
            addColumns(table);
            state.file(reports.files()).ifPresent(table::state);
            return (oneAtATime ? table.oneModelAtATime() : table).run();
        }
    }

    private void addColumns(ScoreTable table) {
        Set<String> names = new HashSet<>();
        Map<RewardSpec, Supplier<RewardModel>> models = new HashMap<>();
        for (TableColumn column : columns) {
            String kind = column.kind().name();
            column.addTo(
                    table,
                    names.add(kind) ? kind : column.toString(),
                    reward -> models.computeIfAbsent(sharing(reward), model -> () -> open(model)));
        }
    }

    /** Returns the column of ICT-HP whose model has a scorer's parts; else the scorer itself. */
    private RewardSpec sharing(RewardSpec reward) {
        return columns.stream()
                .filter(column -> !oneAtATime && column.kind().equals(RewardKind.COMBINED))
                .map(column -> ((TableColumn.Scorer) column).reward())
                .filter(combined -> combined.holds(reward))
                .findFirst()
                .orElse(reward);
    }

    private RewardModel open(RewardSpec reward) {
        RewardModel model = reward.open(device, batch);
        ArchitectureOption.tell(model.provenance().assumption(), spec.commandLine());
        return model;
    }

    private int tell(ScoreTableResult found) throws IOException {
        ScoreTableReport report = ScoreTableReport.of(found);
        report = published ? report.withPublished() : report;
        reports.tell(report, spec.commandLine());
        PrintWriter err = spec.commandLine().getErr();
        UnreadNotes.tell(found.notes(), err);
        for (ScoreTableResult.Failure failure : found.failures()) {
            err.printf(
                    Locale.ROOT,
                    "ict-hp: row %d, %s by %s: %s%n",
                    failure.row(),
                    failure.model(),
                    failure.column(),
                    failure.error());
        }
        err.flush();
        return found.failed() == 0 ? ExitCode.DONE : ExitCode.SOME_FAILED;
    }
}
