package io.github.icthp.train.pickhigh;

import com.google.common.primitives.ImmutableLongArray;

import io.github.icthp.report.HistogramChart;
import io.github.icthp.report.HtmlPage;
import io.github.icthp.report.PictureGrid;
import io.github.icthp.report.Table;

import org.jspecify.annotations.Nullable;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import javax.imageio.ImageIO;

/** A page that shows a build to the person who answers for it. */
final class BuildReport {

    private static final int PICTURE = 256;

    private BuildReport() {}

    static HtmlPage page(
            BuildSettings settings,
            BuildFolder folder,
            BasePrompts.Counts counts,
            BuildTally tally,
            DataCard.Outcome outcome) {
        HtmlPage page =
                HtmlPage.titled("Pick-High build")
                        .lead(
                                String.format(
                                        Locale.ROOT,
                                        "%,d triplets of %,d base prompts",
                                        outcome.triplets(),
                                        counts.taken))
                        .section("Rows")
                        .table(rows(counts, tally, outcome))
                        .section("Removed")
                        .table(removals(tally))
                        .note(
                                "The paper removed about 2 % as refused by its language model and"
                                        + " about 7 % by verification (A.1.2).");
        charts(page, tally, outcome);
        page.section("Samples").pictures(samples(folder.work(), tally));
        removed(page, tally);
        return page.note(
                String.format(
                        Locale.ROOT,
                        "Language model: %s, %,d tokens read, %,d written, cost %.2f. Renderer:"
                                + " %s.",
                        settings.languageModel.map(LanguageModel::name).orElse("none"),
                        tally.inputTokens,
                        tally.outputTokens,
                        settings.cost(tally.inputTokens, tally.outputTokens),
                        settings.renderer.map(PromptRenderer::description).orElse("none")));
    }

    private static Table rows(
            BasePrompts.Counts counts, BuildTally tally, DataCard.Outcome outcome) {
        return Table.of("rows", "number")
                .row("in the source", number(counts.rows))
                .row("empty", number(counts.empty))
                .row("not in Latin letters", number(counts.language))
                .row("too long", number(counts.tooLong))
                .row("neither picture preferred", number(counts.ties))
                .row("repeated", number(counts.repeated))
                .row("not drawn", number(counts.notSampled))
                .row("base prompts", number(counts.taken))
                .row("removed or failed", number(counts.taken - tally.kept))
                .row("kept, without two pictures", number(tally.withoutPair))
                .row(
                        "kept, not in a triplet for want of pictures that can be read",
                        number(tally.kept - tally.withoutPair - outcome.triplets()))
                .row("triplets", number(outcome.triplets()));
    }

    private static Table removals(BuildTally tally) {
        Table table = Table.of("reason", "rows", "share", "paper");
        for (Removal.Kind kind : Removal.Kind.values()) {
            long count = tally.count(kind);
            table =
                    table.row(
                            kind.words(),
                            number(count),
                            BuildOutput.percent(count, tally.rows),
                            "");
        }
        long refused = tally.count(Removal.Kind.REFUSED, Removal.Kind.WORD);
        long verified = tally.count(Removal.Kind.LOST, Removal.Kind.CONFLICT);
        return table.row(
                        "all refused and on the list",
                        number(refused),
                        BuildOutput.percent(refused, tally.rows),
                        "about 2 %")
                .row(
                        "all removed by verification",
                        number(verified),
                        BuildOutput.percent(verified, tally.rows),
                        "about 7 %");
    }

    private static void charts(HtmlPage page, BuildTally tally, DataCard.Outcome outcome) {
        page.section("Prompts");
        page.figure(
                String.format(
                        Locale.ROOT,
                        "Words: base %.1f, refined %.1f on average",
                        tally.base.mean(),
                        tally.refined.mean()),
                new HistogramChart(
                        "words of prompts",
                        0,
                        BuildTally.WORDS,
                        List.of(
                                new HistogramChart.Group(
                                        "base", tally.base.mean(), tally.base.bins()),
                                new HistogramChart.Group(
                                        "refined", tally.refined.mean(), tally.refined.bins()))));
        if (!outcome.cosines().isEmpty()) {
            double mean = mean(outcome.cosines());
            page.figure(
                    String.format(Locale.ROOT, "CLIP(P_e, P_r): %.3f on average", mean),
                    new HistogramChart(
                            "cosines of base and refined prompts",
                            -1,
                            1,
                            List.of(
                                    new HistogramChart.Group(
                                            "CLIP(P_e, P_r)",
                                            mean,
                                            ImmutableLongArray.copyOf(outcome.cosines())))));
        }
    }

    /** The mean of the bins' middles. */
    private static double mean(List<Long> bins) {
        double sum = 0;
        long all = 0;
        for (int i = 0; i < bins.size(); i++) {
            sum += bins.get(i) * (2 * (i + 0.5) / bins.size() - 1);
            all += bins.get(i);
        }
        return all == 0 ? 0 : sum / all;
    }

    private static PictureGrid samples(Path work, BuildTally tally) {
        List<PictureGrid.Row> rows = new ArrayList<>();
        for (PromptRow row : tally.samples) {
            List<PictureGrid.Picture> pictures = new ArrayList<>();
            add(pictures, "rejected", work, row.rejected());
            add(pictures, "preferred", work, row.preferred());
            add(pictures, "refined", work, row.picture());
            rows.add(new PictureGrid.Row(row.base() + " → " + row.best(), pictures));
        }
        return new PictureGrid(rows);
    }

    private static void add(
            List<PictureGrid.Picture> pictures, String caption, Path work, @Nullable String name) {
        BufferedImage image = name == null ? null : read(work.resolve(name));
        if (image != null) {
            pictures.add(new PictureGrid.Picture(caption, small(image)));
        }
    }

    /** A picture that cannot be read is left out of the page: the row's reason says more. */
    private static @Nullable BufferedImage read(Path file) {
        try {
            return ImageIO.read(file.toFile());
        } catch (IOException | RuntimeException e) {
            return null;
        }
    }

    private static BufferedImage small(BufferedImage image) {
        double scale =
                Math.min(1, (double) PICTURE / Math.max(image.getWidth(), image.getHeight()));
        int width = (int) Math.max(1, Math.round(image.getWidth() * scale));
        int height = (int) Math.max(1, Math.round(image.getHeight() * scale));
        BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        java.awt.Graphics2D graphics = small.createGraphics();
        graphics.drawImage(
                image.getScaledInstance(width, height, java.awt.Image.SCALE_AREA_AVERAGING),
                0,
                0,
                null);
        graphics.dispose();
        return small;
    }

    private static void removed(HtmlPage page, BuildTally tally) {
        if (tally.removed.isEmpty()) {
            return;
        }
        Table table = Table.of("why", "base prompt", "refined prompt", "reason");
        for (List<PromptRow> rows : tally.removed.values()) {
            for (PromptRow row : rows) {
                Removal removal = row.removal();
                table =
                        table.row(
                                removal == null ? "" : removal.kind().words(),
                                row.base(),
                                row.refined() == null ? "" : row.refined(),
                                removal == null ? "" : removal.reason());
            }
        }
        page.section("Some of those removed").table(table);
    }

    private static String number(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }
}
