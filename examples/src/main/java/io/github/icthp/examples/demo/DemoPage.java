package io.github.icthp.examples.demo;

import io.github.icthp.report.HtmlPage;
import io.github.icthp.report.PictureGrid;
import io.github.icthp.report.Table;
import io.github.icthp.train.evaluation.Pair;
import io.github.icthp.train.evaluation.RewardResult;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A demonstration as one page. */
final class DemoPage {

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
        new DemoTuningSections(base, judgments).addTo(page);
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
        page.pictures(triplets(paradox));
    }

    /** A few triplets with every reward's scores. */
    static PictureGrid triplets(DemoParadox paradox) {
        return new PictureGrid(paradox.shown().stream().map(DemoPage::triplet).toList());
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

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
