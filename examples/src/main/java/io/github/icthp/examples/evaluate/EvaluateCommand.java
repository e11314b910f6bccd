package io.github.icthp.examples.evaluate;

import com.google.common.io.Closer;

import io.github.icthp.RewardModel;
import io.github.icthp.examples.console.ProgressLine;
import io.github.icthp.examples.console.Terminal;
import io.github.icthp.examples.console.UnreadNotes;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.console.Version;
import io.github.icthp.examples.options.BadRowOptions;
import io.github.icthp.examples.options.DataOptions;
import io.github.icthp.examples.options.DeviceOptions;
import io.github.icthp.examples.options.RewardSpec;
import io.github.icthp.examples.options.WeightOptions;
import io.github.icthp.train.data.DatasetException;
import io.github.icthp.train.data.PickHighDataset;
import io.github.icthp.train.evaluation.Evaluation;
import io.github.icthp.train.evaluation.EvaluationReport;
import io.github.icthp.train.evaluation.EvaluationResult;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;

/** Measures how well rewards agree with preferences. */
@Command(
        name = "evaluate",
        description =
                "Measures on preference triplets how often CLIP, ICT, HP, ICT-HP and other rewards"
                        + " score the better image higher.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class EvaluateCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Mixin private DataOptions data = new DataOptions();

    @Mixin private WeightOptions weights = new WeightOptions();

    @Mixin private DeviceOptions device = new DeviceOptions();

    @Mixin private BadRowOptions badRows = new BadRowOptions();

    @Option(
            names = "--clip",
            paramLabel = "DIR",
            description = "the base CLIP's weights, to be compared with; forms as for --ict")
    private @Nullable String clip;

    @Option(
            names = "--reward",
            paramLabel = "NAME=LOCATION",
            converter = RewardSpec.Converter.class,
            description = {
                "any scorer beside these: pickscore=DIR, hps=FILE, clip=DIR, itm=DIR,"
                        + " image-reward=FILE, aesthetic=CLIP,HEAD; base=DIR after a comma is"
                        + " where its configuration lies; may be given repeatedly"
            })
    private List<RewardSpec> rewards = List.of();

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "16",
            description = "prompts and images computed at once; default: ${DEFAULT-VALUE}")
    private int batch;

    @Option(names = "--limit", paramLabel = "N", description = "evaluate the first N rows only")
    private @Nullable Long limit;

    @Mixin private ResamplingOptions intervals = new ResamplingOptions();

    @Mixin private ReportOptions reports = new ReportOptions();

    @Override
    public Integer call() throws IOException {
        reports.check(spec.commandLine());
        try (PickHighDataset triplets = data.open();
                Closer models = Closer.create()) {
            Evaluation evaluation = evaluation(triplets);
            long rows = Math.min(limit == null ? Long.MAX_VALUE : limit, triplets.size().orElse(0));
            addModels(evaluation, models);
            EvaluationResult found = run(evaluation, rows);
            UnreadNotes.tell(found.notes(), spec.commandLine().getErr());
            return tell(EvaluationReport.of(found));
        } catch (BadRowOptions.UnskippedException e) {
            throw e;
        } catch (DatasetException e) {
            throw new UnusableException(e);
        }
    }

    private static EvaluationResult run(Evaluation evaluation, long rows) {
        try (ProgressLine bar = ProgressLine.of("evaluating", rows, " triplets", Terminal.ERRORS)) {
            return evaluation.progress(bar::stepTo).run();
        }
    }

    private Evaluation evaluation(PickHighDataset triplets) {
        try {
            Evaluation evaluation =
                    Evaluation.of(triplets)
                            .seed(intervals.seed)
                            .resamples(intervals.resamples)
                            .badRows(badRows.handler());
            return limit == null ? evaluation : evaluation.limit(limit);
        } catch (IllegalArgumentException e) {
            throw new UnusableException(e);
        }
    }

    private void addModels(Evaluation evaluation, Closer models) {
        if (clip == null && weights.isEmpty() && rewards.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "name weights: --clip DIR, --ict DIR, --hp DIR, --reward NAME=LOCATION");
        }
        if (clip != null) {
            evaluation.clip(opened(weights.openClip(clip, device, batch), models));
        }
        if (!weights.isEmpty()) {
            RewardModel model = opened(weights.open(device, batch), models);
            evaluation.reward(model.kind().name(), model);
        }
        Set<String> names = new HashSet<>();
        for (RewardSpec reward : rewards) {
            if (reward.weight().isPresent()) {
                throw new UnusableException(
                        "--reward "
                                + reward
                                + ": an evaluation's rewards are not added up; leave out the"
                                + " weight");
            }
            RewardModel model = opened(weights.open(reward, device, batch), models);
            String kind = model.kind().name();
            try {
                evaluation.reward(names.add(kind) ? kind : reward.toString(), model);
            } catch (IllegalArgumentException e) {
                throw new UnusableException(e);
            }
        }
    }

    private static RewardModel opened(RewardModel model, Closer models) {
        models.register(model::close);
        return model;
    }

    private int tell(EvaluationReport found) throws IOException {
        reports.tell(found, spec.commandLine());
        return badRows.tell(spec.commandLine().getErr());
    }
}
