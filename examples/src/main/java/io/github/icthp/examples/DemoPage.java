package io.github.icthp.examples;

import com.google.common.primitives.ImmutableDoubleArray;

import io.github.icthp.report.HtmlPage;
import io.github.icthp.report.LineChart;
import io.github.icthp.report.PictureGrid;
import io.github.icthp.report.Table;
import io.github.icthp.train.evaluation.Pair;
import io.github.icthp.train.evaluation.RewardResult;
import io.github.icthp.training.Metrics;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** A demonstration as one page. */
final class DemoPage {

    private static final int PICTURES = 16;
    private static final List<String> RANKS = List.of("I1 rejected", "I2 preferred", "I3 refined");

    private final DemoParadox paradox;
    private final DemoSample base;
    private final List<DemoJudgment> judgments;
    private final HtmlPage page = HtmlPage.titled("Rewards that see, and a model that improves");

    DemoPage(DemoParadox paradox, DemoSample base, List<DemoJudgment> judgments) {
        this.paradox = paradox;
        this.base = base;
        this.judgments = judgments;
    }

    /** Builds the page; notes say how it was made. */
    HtmlPage build(List<String> notes) {
        page.lead(
                "A small CLIP model, the rewards ICT and HP trained from it, and a small diffusion"
                        + " model, all of one drawn world. First the rewards look at drawn pictures;"
                        + " then the diffusion model follows a reward's gradient through its last"
                        + " denoising steps (DRaFT-K).");
        paradox();
        tuning();
        judgments.forEach(this::pictures);
        truths();
        page.section("How it was made");
        notes.forEach(page::note);
        return page;
    }

    private void paradox() {
        page.section("The paradox")
                .paragraph(
                        "Rich pictures (I3) show more than their prompt names, and plain CLIP takes that for"
                                + " a fault. ICT asks only whether the prompt is in the picture, HP only how"
                                + " good the picture is. The share of "
                                + paradox.accuracy().triplets()
                                + " held-out triplets in which each reward prefers the better picture, in %,"
                                + " with 95 % intervals:");
        Table table = Table.of("reward", "I2>I1", "I3>I2", "I3>I1", "mean");
        for (RewardResult reward : paradox.accuracy().rewards()) {
            List<String> cells = new ArrayList<>(List.of(reward.name()));
            for (Pair pair : Pair.values()) {
                var share = reward.easy().of(pair);
                cells.add(
                        text(
                                "%.1f (%.0f–%.0f)",
                                100 * share.value(), 100 * share.low(), 100 * share.high()));
            }
            cells.add(text("%.1f", 100 * reward.easy().mean().value()));
            table = table.row(cells.toArray(String[]::new));
        }
        page.table(table);
        List<PictureGrid.Row> rows = new ArrayList<>();
        paradox.shown().forEach(shown -> rows.add(triplet(shown)));
        page.pictures(new PictureGrid(rows));
    }

    private static PictureGrid.Row triplet(DemoParadox.Shown shown) {
        List<PictureGrid.Picture> pictures = new ArrayList<>();
        for (int i = 0; i < RANKS.size(); i++) {
            StringBuilder caption = new StringBuilder(RANKS.get(i));
            for (Map.Entry<String, List<Double>> score : shown.scores().entrySet()) {
                caption.append(text(" · %s %.3f", score.getKey(), score.getValue().get(i)));
            }
            pictures.add(new PictureGrid.Picture(caption.toString(), shown.images().get(i)));
        }
        return new PictureGrid.Row(shown.scene().easyPrompt(), pictures);
    }

    private void tuning() {
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

    private void pictures(DemoJudgment judgment) {
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

    private void truths() {
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
