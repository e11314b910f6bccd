package io.github.icthp.examples.dataset;

import com.google.common.io.MoreFiles;

import io.github.icthp.RewardModel;
import io.github.icthp.examples.console.ProgressLine;
import io.github.icthp.examples.console.Terminal;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.console.Version;
import io.github.icthp.examples.options.ArchitectureOption;
import io.github.icthp.examples.options.BadRowOptions;
import io.github.icthp.examples.options.DataOptions;
import io.github.icthp.examples.options.DeviceOptions;
import io.github.icthp.examples.options.WeightOptions;
import io.github.icthp.train.data.BadRowHandler;
import io.github.icthp.train.data.ClipScorer;
import io.github.icthp.train.data.IctLabels;
import io.github.icthp.train.data.PickHighDataset;
import io.github.icthp.train.data.RewardClipScorer;
import io.github.icthp.train.data.ThetaEstimator;
import io.github.icthp.train.data.TripletLabeler;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** Computes ICT labels with the base CLIP. */
@Command(
        name = "label",
        description =
                "Computes the ICT labels E1, E2, R1 and R2 of preference triplets with the base CLIP,"
                        + " and writes the table again with them.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class LabelCommand implements Callable<Integer> {

    private static final List<String> ENDINGS = List.of("parquet", "jsonl");

    @Spec private CommandSpec spec;

    @Mixin private DataOptions data = new DataOptions();

    @Mixin private DeviceOptions device = new DeviceOptions();

    @Mixin private BadRowOptions badRows = new BadRowOptions();

    @Option(
            names = "--clip",
            paramLabel = "DIR",
            required = true,
            description =
                    "the base CLIP's weights: Hugging Face folder, one file, or a hub id such as"
                            + " laion/CLIP-ViT-H-14-laion2B-s32B-b79K")
    private String clip = "";

    @Option(
            names = "--base",
            paramLabel = "DIR",
            description = "its configuration and tokenizer, if elsewhere: a folder or hub id")
    private @Nullable String base;

    @Mixin private ArchitectureOption architecture = new ArchitectureOption();

    @Option(
            names = "--out",
            paramLabel = "FILE",
            required = true,
            description = "the new table: .parquet or .jsonl")
    private Path out = Path.of("");

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "16",
            description = "images computed at once; default: ${DEFAULT-VALUE}")
    private int batch;

    @ArgGroup(exclusive = true)
    private Theta theta = new Theta();

    /** Where θ comes from. */
    static final class Theta {

        @Option(
                names = "--theta",
                paramLabel = "T",
                description =
                        "the CLIP score from which an image contains the whole text, in (0, 1]")
        private @Nullable Double given;

        @Option(
                names = "--quantile",
                paramLabel = "Q",
                description =
                        "estimate it as this quantile of CLIP(refined image, easy prompt); default: 0,"
                                + " the least, as in the paper")
        private @Nullable Double quantile;
    }

    @Override
    public Integer call() throws IOException {
        String ending = MoreFiles.getFileExtension(out).toLowerCase(Locale.ROOT);
        if (!ENDINGS.contains(ending)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--out: expected a file ending in one of " + ENDINGS + ", got " + out);
        }
        BadRowHandler handler = badRows.handler();
        try (PickHighDataset triplets = data.openWithoutLabels();
                RewardModel model = WeightOptions.load(clip, base, architecture, device, batch)) {
            ArchitectureOption.tell(model.provenance().assumption(), spec.commandLine());
            IctLabels labels = labels(triplets, model, handler);
            long written = write(triplets, model, labels, handler);
            PrintWriter told = spec.commandLine().getOut();
            told.printf(
                    Locale.ROOT, "θ = %.6f%n%d rows labeled: %s%n", labels.theta(), written, out);
            told.flush();
            return badRows.tell(spec.commandLine().getErr());
        }
    }

    private IctLabels labels(PickHighDataset triplets, RewardModel model, BadRowHandler handler) {
        try (ProgressLine bar = bar("estimating θ", triplets)) {
            if (theta.given != null) {
                return new IctLabels(theta.given);
            }
            return new ThetaEstimator(model, theta.quantile == null ? 0 : theta.quantile)
                    .badRows(handler)
                    .progress(bar::stepTo)
                    .estimate(triplets);
        } catch (IllegalArgumentException e) {
            throw new UnusableException(e);
        }
    }

    private long write(
            PickHighDataset triplets, RewardModel model, IctLabels labels, BadRowHandler handler)
            throws IOException {
        ClipScorer clipScores = new RewardClipScorer(model, triplets.name());
        ClipScorer scorer =
                batch -> {
                    batch.forEach(triplet -> badRows.refuseSkipped(triplet.row()));
                    return clipScores.score(batch);
                };
        try (ProgressLine bar = bar("labeling", triplets)) {
            return new TripletLabeler(labels, scorer)
                    .batchSize(4 * batch)
                    .badRows(handler)
                    .progress(bar::stepTo)
                    .label(triplets, out);
        }
    }

    private static ProgressLine bar(String task, PickHighDataset triplets) {
        return ProgressLine.of(task, triplets.size().orElse(0), " triplets", Terminal.ERRORS);
    }
}
