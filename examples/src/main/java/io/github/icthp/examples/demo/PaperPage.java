package io.github.icthp.examples.demo;

import io.github.icthp.report.HtmlPage;
import io.github.icthp.report.Table;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** The paper's experiments and ours side by side, on a page that is whole after each of them. */
final class PaperPage {

    /** What the two base models are called. */
    static final String FIRST = "miniature";

    static final String SECOND = "second base";

    private static final String ACCURACY = "Pair accuracy, %";
    private static final String SCORES = "Table 6";
    private static final String TUNING = "DRaFT-K";
    private static final String GENEVAL = "GenEval";
    private static final String TRANSFER = "Transfer";
    private static final String STYLE = "Style";
    private static final String PENDING = "still to come";

    private final Path file;
    private final Map<String, Comparison> summary = new LinkedHashMap<>();
    private final Map<String, Consumer<HtmlPage>> sections = new LinkedHashMap<>();

    /** What the paper found and what was found here. */
    private record Comparison(String paper, String here) {}

    PaperPage(Path file) {
        this.file = file;
        expect(ACCURACY, "60.3 → 87.6, 88.5, 88.8");
        expect(SCORES, "in 6, 5, 6, 5 of 6");
        expect(TUNING, "Figures 10–13");
        expect(GENEVAL, "0.68 → 0.69");
        expect(TRANSFER, "0.66 → 0.67");
        summary.put(STYLE, new Comparison("Figure 14", "not part of this page"));
    }

    static String adapted(String model, String reward) {
        return model + " + " + reward;
    }

    private void expect(String experiment, String paper) {
        summary.put(experiment, new Comparison(paper, PENDING));
    }

    private void done(String experiment, String here, Consumer<HtmlPage> section)
            throws IOException {
        summary.put(experiment, new Comparison(summary.get(experiment).paper(), here));
        sections.put(experiment, section);
        write(List.of());
    }

    void accuracy(DemoParadox found) throws IOException {
        PaperAccuracySection section = new PaperAccuracySection(found);
        done(ACCURACY, section.summary(), section::addTo);
    }

    void scores(PaperScores found) throws IOException {
        PaperScoresSection section = new PaperScoresSection(found);
        done(SCORES, section.summary(), section::addTo);
    }

    void tuning(DemoSample base, List<DemoJudgment> judgments) throws IOException {
        List<DemoJudgment> all = List.copyOf(judgments);
        DemoJudgment last = all.get(all.size() - 1);
        String here =
                String.format(
                        Locale.ROOT,
                        "%.0f %% better by %s",
                        100 * last.own().wins(),
                        last.tuning().reward());
        done(TUNING, here, page -> new DemoTuningSections(base, all).addTo(page));
    }

    void geneval(PaperGenEval found) throws IOException {
        PaperGenEvalSection section = new PaperGenEvalSection(found);
        done(GENEVAL, section.summary(FIRST), section::addTo);
    }

    void transfer(PaperGenEval found, List<DemoJudgment> judgments) throws IOException {
        PaperGenEvalSection section = new PaperGenEvalSection(found);
        sections.put(GENEVAL, section::addTo);
        done(TRANSFER, section.summary(SECOND), page -> transfer(page, judgments));
    }

    private static void transfer(HtmlPage page, List<DemoJudgment> judgments) {
        page.section("Adapters in a second base model")
                .paragraph(
                        "As the paper loads the adapters of FLUX.1-schnell into FLUX.1-dev, so are"
                                + " those of the miniature loaded, unchanged, into a second base"
                                + " model: the miniature trained further, all weights, on the"
                                + " pictures of another world. Held-out prompts, each picture from"
                                + " the same noise without and with the adapter:");
        Table table = Table.of("adapter of", "judged by", "without", "with", "difference");
        for (DemoJudgment judgment : judgments) {
            for (Map<String, PairedDifference> part :
                    List.of(judgment.byReward(), judgment.truths())) {
                for (Map.Entry<String, PairedDifference> entry : part.entrySet()) {
                    PairedDifference d = entry.getValue();
                    table =
                            table.row(
                                    judgment.tuning().reward(),
                                    entry.getKey(),
                                    String.format(Locale.ROOT, "%.3f", d.before()),
                                    String.format(Locale.ROOT, "%.3f", d.after()),
                                    String.format(
                                            Locale.ROOT,
                                            "%+.3f (%+.3f to %+.3f)",
                                            d.difference(),
                                            d.low(),
                                            d.high()));
                }
            }
        }
        page.table(table);
    }

    /** Writes the page for the last time; notes say how it was made. */
    void finish(List<String> notes) throws IOException {
        write(notes);
    }

    private void write(List<String> notes) throws IOException {
        HtmlPage page =
                HtmlPage.titled("The paper in miniature")
                        .lead(
                                "The experiments of “Enhancing Reward Models for High-quality Image"
                                        + " Generation: Beyond Text-Image Alignment” (ICCV 2025,"
                                        + " arXiv 2507.19002), made again on one processor with"
                                        + " models of a few megabytes that know a drawn world."
                                        + " Levels cannot be compared, for other models looked at"
                                        + " other pictures; directions can.");
        Table table = Table.of("experiment", "the paper", "here");
        for (Map.Entry<String, Comparison> row : summary.entrySet()) {
            table = table.row(row.getKey(), row.getValue().paper(), row.getValue().here());
        }
        page.table(table);
        page.note(
                "Pair accuracy: means of CLIP → ICT, HP and ICT-HP. Table 6: the generators in which"
                        + " refined prompts lower CLIP, and raise ICT, HP and ICT-HP. DRaFT-K:"
                        + " pictures that tuning made better by its own reward; the paper shows"
                        + " pictures. GenEval: means before and after tuning by ICT-HP, of"
                        + " FLUX.1-schnell in the paper. Transfer: the same with that adapter in a"
                        + " second base model, FLUX.1-dev in the paper.");
        sections.values().forEach(section -> section.accept(page));
        page.section("What is not here")
                .paragraph(
                        "Style injection (Figure 14) is not part of this page. People judged no"
                                + " picture, and ImageReward, PickScore, HPS, ITM and the aesthetic"
                                + " predictor know photographs, not this world.");
        if (notes.isEmpty()) {
            page.note("This page is still being made: the table above says what is to come.");
        } else {
            page.section("How it was made");
            notes.forEach(page::note);
        }
        page.write(file);
    }
}
