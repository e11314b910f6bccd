package io.github.icthp.examples.demo;

import com.google.common.primitives.ImmutableDoubleArray;

import io.github.icthp.report.HtmlPage;
import io.github.icthp.report.LineChart;
import io.github.icthp.report.PictureGrid;
import io.github.icthp.report.Table;
import io.github.icthp.training.Metrics;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The sections of a page that show what fine-tuning by rewards did.
 *
 * @param base pictures of the base model
 * @param judgments a tuned model each
 */
record DemoTuningSections(DemoSample base, List<DemoJudgment> judgments) {

    private static final int PICTURES = 16;

    /** Adds curves, judgments, pictures and truths. */
    void addTo(HtmlPage page) {
        tuning(page);
        judgments.forEach(judgment -> pictures(page, judgment));
        truths(page);
    }

    private void tuning(HtmlPage page) {
        page.section("Fine-tuning by DRaFT-K")
                .paragraph(
                        "The reward of each step's pictures, and of held-out prompts now and then. The base"
                                + " model does not change, only a small adapter does.");
        for (DemoJudgment judgment : judgments) {
            page.figure("Tuned by " + judgment.tuning().reward(), curves(judgment.tuning()));
        }
        page.paragraph(
                text(
                        "%d pictures of %d held-out prompts, each from the same noise before and"
                                + " after: mean reward, the difference with its 95 %% bootstrap"
                                + " interval over prompts, and the share of pictures that became"
                                + " better.",
                        base.images().size(), Set.copyOf(base.prompts()).size()));
        Table table = Table.of("tuned by", "judged by", "before", "after", "difference", "better");
        for (DemoJudgment judgment : judgments) {
            for (Map.Entry<String, PairedDifference> entry : judgment.byReward().entrySet()) {
                PairedDifference d = entry.getValue();
                table =
                        table.row(
                                judgment.tuning().reward(),
                                entry.getKey(),
                                text("%.4f", d.before()),
                                text("%.4f", d.after()),
                                text("%+.4f (%+.4f to %+.4f)", d.difference(), d.low(), d.high()),
                                text("%.0f %%", 100 * d.wins()));
            }
        }
        page.table(table);
    }

    private static LineChart curves(DemoTuning tuning) {
        return new LineChart(
                "rewards while tuning by " + tuning.reward(),
                "optimizer step",
                List.of(
                        curve("training", tuning.metrics(), Metrics.TRAIN, "reward"),
                        curve("held out", tuning.metrics(), Metrics.EVALUATE, "reward"),
                        curve(
                                "held out, base model",
                                tuning.metrics(),
                                Metrics.EVALUATE,
                                "base_reward")));
    }

    private static LineChart.Curve curve(
            String name, List<Metrics> all, String phase, String value) {
        List<Metrics> some = all.stream().filter(m -> m.phase().equals(phase)).toList();
        return new LineChart.Curve(
                name,
                ImmutableDoubleArray.copyOf(some.stream().mapToDouble(Metrics::step)),
                ImmutableDoubleArray.copyOf(some.stream().mapToDouble(m -> m.values().get(value))));
    }

    private void pictures(HtmlPage page, DemoJudgment judgment) {
        page.section("Before and after, tuned by " + judgment.tuning().reward());
        page.pictures(
                new PictureGrid(
                        List.of(
                                row("before", base.images()),
                                row("after", judgment.tuning().pictures().images()))));
    }

    private PictureGrid.Row row(String title, List<BufferedImage> images) {
        List<PictureGrid.Picture> pictures = new ArrayList<>();
        for (int i = 0; i < Math.min(PICTURES, images.size()); i++) {
            pictures.add(new PictureGrid.Picture(base.scenes().get(i).easyPrompt(), images.get(i)));
        }
        return new PictureGrid.Row(title, pictures);
    }

    private void truths(HtmlPage page) {
        page.section("What can be measured")
                .paragraph(
                        "The drawn world's own truths, found in the pictures by arithmetic and no model:"
                                + " the share of the same pictures, in %, that have what the prompt"
                                + " names, and the difference in points with its 95 % bootstrap"
                                + " interval.");
        Table table = Table.of("tuned by", "truth", "before", "after", "difference");
        for (DemoJudgment judgment : judgments) {
            for (Map.Entry<String, PairedDifference> entry : judgment.truths().entrySet()) {
                PairedDifference d = entry.getValue();
                table =
                        table.row(
                                judgment.tuning().reward(),
                                entry.getKey(),
                                text("%.1f", 100 * d.before()),
                                text("%.1f", 100 * d.after()),
                                text(
                                        "%+.1f (%+.1f to %+.1f)",
                                        100 * d.difference(), 100 * d.low(), 100 * d.high()));
            }
        }
        page.table(table);
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
