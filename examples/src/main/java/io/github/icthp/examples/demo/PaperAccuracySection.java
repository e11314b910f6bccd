package io.github.icthp.examples.demo;

import io.github.icthp.report.HtmlPage;
import io.github.icthp.report.IntervalChart;
import io.github.icthp.report.Table;
import io.github.icthp.train.evaluation.Accuracy;
import io.github.icthp.train.evaluation.Pair;
import io.github.icthp.train.evaluation.RewardResult;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How often each reward prefers the better picture, beside the paper's means.
 *
 * @param found what the rewards think of drawn triplets
 */
record PaperAccuracySection(DemoParadox found) {

    private static final String NONE = "–";

    /** The means of CLIP and of the paper's own rewards. */
    String summary() {
        Map<String, String> means =
                found.accuracy().rewards().stream()
                        .collect(
                                Collectors.toMap(
                                        RewardResult::name,
                                        r -> text("%.1f", 100 * r.easy().mean().value())));
        return means.get(DemoRewards.CLIP)
                + " → "
                + means.get(DemoRewards.ICT)
                + ", "
                + means.get(DemoRewards.HP)
                + ", "
                + means.get(DemoRewards.COMBINED);
    }

    void addTo(HtmlPage page) {
        page.section("Pair accuracies")
                .paragraph(
                        text(
                                "The share of %d held-out triplets, in %%, in which a reward prefers"
                                        + " the better picture; ours with 95 %% intervals. I1 is"
                                        + " rejected, I2 preferred, I3 rich. I2 misses a detail of"
                                        + " the prompt in 15 of 100 scenes.",
                                found.accuracy().triplets()));
        Table table =
                Table.of("reward", "paper, mean", "here, mean", "I2 > I1", "I3 > I2", "I3 > I1");
        for (Map.Entry<String, Double> published : PaperPublished.ACCURACY.entrySet()) {
            List<String> cells = new ArrayList<>();
            cells.add(published.getKey());
            cells.add(text("%.2f", published.getValue()));
            cells.addAll(ours(published.getKey()));
            table = table.row(cells.toArray(String[]::new));
        }
        page.table(table);
        page.figure("Mean pair accuracy here, %", chart());
        page.pictures(DemoPage.triplets(found));
    }

    private List<String> ours(String name) {
        return found.accuracy().rewards().stream()
                .filter(reward -> reward.name().equals(name))
                .findFirst()
                .map(PaperAccuracySection::cells)
                .orElse(List.of(NONE, NONE, NONE, NONE));
    }

    private static List<String> cells(RewardResult reward) {
        List<String> cells = new ArrayList<>();
        cells.add(cell(reward.easy().mean()));
        for (Pair pair : Pair.values()) {
            cells.add(cell(reward.easy().of(pair)));
        }
        return cells;
    }

    private static String cell(Accuracy share) {
        return text("%.1f (%.0f–%.0f)", 100 * share.value(), 100 * share.low(), 100 * share.high());
    }

    private IntervalChart chart() {
        List<IntervalChart.Value> values =
                found.accuracy().rewards().stream()
                        .map(
                                reward -> {
                                    Accuracy mean = reward.easy().mean();
                                    return new IntervalChart.Value(
                                            reward.name(),
                                            100 * mean.value(),
                                            100 * mean.low(),
                                            100 * mean.high(),
                                            text("%.1f", 100 * mean.value()));
                                })
                        .toList();
        return new IntervalChart("mean pair accuracy", 40, 100, 50, values);
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
