package io.github.icthp.train.evaluation;

import io.github.icthp.report.HistogramChart;
import io.github.icthp.report.HtmlPage;
import io.github.icthp.report.IntervalChart;

import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/** An evaluation as a page: tables, accuracies with their intervals, and histograms of scores. */
final class EvaluationPage {

    private static final double CHANCE = 50;
    private static final List<String> RANKS = List.of("I1 rejected", "I2 preferred", "I3 refined");

    private final EvaluationResult result;
    private final EvaluationTables tables;

    EvaluationPage(EvaluationResult result, EvaluationTables tables) {
        this.result = result;
        this.tables = tables;
    }

    HtmlPage page() {
        HtmlPage page = HtmlPage.titled("Evaluation of rewards").lead(tables.summary());
        page.section("Agreement with preferences");
        page.paragraph(
                "The share of pairs in which a reward scores the better image higher: I2, which"
                        + " people preferred, against I1, and I3, made from the refined prompt,"
                        + " against both. The dashed line is chance.");
        page.figure("Mean pair accuracy, %", chart("mean pair accuracy", PairAccuracies::mean));
        for (Pair pair : Pair.values()) {
            page.figure(
                    pair.label() + ", %",
                    chart("pair accuracy " + pair.label(), found -> found.of(pair)));
        }
        tables.all().forEach(table -> table.addTo(page));
        page.section("How scores are spread");
        page.paragraph(
                "Each reward's scores of the three images of a triplet, with the easy prompt, on"
                        + " the reward's own scale. The dashed line is the mean.");
        result.rewards().forEach(reward -> page.figure(reward.name(), histogram(reward)));
        page.section("How it was made").note(tables.method());
        tables.provenance().forEach(page::note);
        result.notes().forEach(page::note);
        return page;
    }

    private IntervalChart chart(String title, Function<PairAccuracies, Accuracy> which) {
        return new IntervalChart(
                title,
                0,
                100,
                CHANCE,
                result.rewards().stream()
                        .map(reward -> value(reward.name(), which.apply(reward.easy())))
                        .toList());
    }

    private static IntervalChart.Value value(String name, Accuracy accuracy) {
        return new IntervalChart.Value(
                name,
                100 * accuracy.value(),
                100 * accuracy.low(),
                100 * accuracy.high(),
                EvaluationTables.format("%.1f", 100 * accuracy.value()));
    }

    private static HistogramChart histogram(RewardResult reward) {
        ScoreHistogram bins = reward.histogram();
        return new HistogramChart(
                "scores by " + reward.name(),
                bins.low(),
                bins.high(),
                IntStream.range(0, RANKS.size())
                        .mapToObj(
                                rank ->
                                        new HistogramChart.Group(
                                                RANKS.get(rank),
                                                reward.ranks().get(rank).mean(),
                                                bins.counts().get(rank)))
                        .toList());
    }
}
