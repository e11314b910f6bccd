package io.github.icthp.train.evaluation.geneval;

import com.google.common.base.Preconditions;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import io.github.icthp.files.DurableFiles;
import io.github.icthp.files.FolderFiles;
import io.github.icthp.report.HtmlPage;
import io.github.icthp.report.Table;
import io.github.icthp.report.TitledTable;
import io.github.icthp.train.evaluation.table.Estimate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a run of GenEval found, for people and for programs: scores with 95 % intervals over
 * prompts, differences from another run, and the pictures themselves, failures first.
 */
public final class GenEvalReport {

    /** The files that {@link #write} makes. */
    public static final List<String> FILES =
            List.of("results.jsonl", "summary.txt", "summary.json", "summary.md", "summary.html");

    private static final Gson GSON =
            new GsonBuilder().disableHtmlEscaping().setPrettyPrinting().create();
    private static final int MOST_PICTURES = 200;
    private static final int LISTED = 50;

    private final GenEvalResult result;
    private final Optional<Base> base;
    private final Optional<PublishedGenEval> published;
    private final GenEvalStatistics statistics;

    private record Base(String name, List<GenEvalRow> rows) {}

    private GenEvalReport(
            GenEvalResult result,
            Optional<Base> base,
            Optional<PublishedGenEval> published,
            GenEvalStatistics statistics) {
        this.result = result;
        this.base = base;
        this.published = published;
        this.statistics = statistics;
    }

    /**
     * Reports a result.
     *
     * @param result what was found
     * @return the report, with intervals of 1,000 draws
     */
    public static GenEvalReport of(GenEvalResult result) {
        return new GenEvalReport(
                result, Optional.empty(), Optional.empty(), new GenEvalStatistics(1000, 0));
    }

    /**
     * Adds the paper's Table 7.
     *
     * @return a report with it
     */
    public GenEvalReport withPublished() {
        return new GenEvalReport(result, base, Optional.of(PublishedGenEval.table7()), statistics);
    }

    /**
     * Adds differences from another run, paired by prompt.
     *
     * @param name what the report calls it
     * @param rows its results
     * @return a report with them
     */
    public GenEvalReport against(String name, List<GenEvalRow> rows) {
        return new GenEvalReport(
                result, Optional.of(new Base(name, List.copyOf(rows))), published, statistics);
    }

    /**
     * Sets the draws of intervals.
     *
     * @param resamples how often prompts are drawn again, at least 1
     * @param seed of the draws
     * @return a report with them
     */
    public GenEvalReport draws(int resamples, long seed) {
        Preconditions.checkArgument(
                resamples >= 1, "GenEvalReport: resamples must be at least 1, got %s", resamples);
        return new GenEvalReport(result, base, published, new GenEvalStatistics(resamples, seed));
    }

    /**
     * Returns every picture's result as the original writes them.
     *
     * @return JSON lines
     */
    public String toJsonLines() {
        StringBuilder lines = new StringBuilder();
        result.rows().forEach(row -> lines.append(row.toLine()).append('\n'));
        return lines.toString();
    }

    /**
     * Returns the report for a terminal.
     *
     * @return the original's summary, then tables
     */
    public String toText() {
        StringBuilder lines = new StringBuilder(result.summary().toText());
        tables().forEach(table -> lines.append(table.toText()));
        return lines.append("\n").append(method()).append("\n").toString();
    }

    /**
     * Returns the report in GitHub's Markdown.
     *
     * @return a document that begins with a heading of the first level
     */
    public String toMarkdown() {
        StringBuilder lines = new StringBuilder("# GenEval\n\n");
        lines.append(Table.escapeMarkdown(lead())).append("\n");
        tables().forEach(table -> lines.append(table.toMarkdown()));
        return lines.append("\n").append(Table.escapeMarkdown(method())).append("\n").toString();
    }

    /**
     * Returns the report as a page with pictures, the wrong ones first; of many, the first 200.
     *
     * @return the page
     */
    public HtmlPage toHtml() {
        HtmlPage page = HtmlPage.titled("GenEval").lead(lead());
        tables().forEach(table -> table.addTo(page));
        page.section("How it was made").note(method());
        List<GenEvalRow> wrong = result.rows().stream().filter(row -> !row.correct()).toList();
        List<GenEvalRow> right = result.rows().stream().filter(GenEvalRow::correct).toList();
        int room = addPictures(page, "Wrong pictures", wrong, MOST_PICTURES);
        addPictures(page, "Right pictures", right, room);
        return page;
    }

    private static int addPictures(HtmlPage page, String heading, List<GenEvalRow> rows, int room) {
        int shown = Math.min(room, rows.size());
        if (shown > 0) {
            page.section(heading);
            if (shown < rows.size()) {
                page.note(format("The first %,d of %,d.", shown, rows.size()));
            }
            page.pictures(GenEvalPictures.grid(rows.subList(0, shown)));
        }
        return room - shown;
    }

    private String lead() {
        GenEvalSummary summary = result.summary();
        return format(
                "Overall score %.4f: %,d of %,d pictures of %,d prompts are right (%s).",
                summary.overall(),
                summary.correctImages(),
                summary.images(),
                summary.prompts(),
                result.folder());
    }

    private String method() {
        return format(
                "Rules %s, %s. In brackets the 95 %% interval: percentiles of %,d draws of as many"
                        + " prompts within each task, seed %d. Networks: %s.",
                result.made().get("rules"),
                result.made().get("settings"),
                statistics.resamples(),
                statistics.seed(),
                networks());
    }

    private String networks() {
        Map<String, String> networks = new TreeMap<>(result.made());
        networks.remove("rules");
        networks.remove("settings");
        return networks.toString();
    }

    private List<TitledTable> tables() {
        List<TitledTable> tables = new ArrayList<>();
        tables.add(scores());
        base.ifPresent(other -> tables.add(differences(other)));
        if (!result.damaged().isEmpty() || !result.missing().isEmpty()) {
            tables.add(problems());
        }
        published.ifPresent(
                table ->
                        tables.add(
                                new TitledTable(
                                        "Beside the paper's Table 7",
                                        table.table(result.summary()),
                                        List.of(table.caption() + ".", table.note()))));
        return tables;
    }

    private TitledTable scores() {
        GenEvalSummary summary = result.summary();
        Table table = Table.of("task", "score", "95 % interval", "right", "pictures", "prompts");
        for (Map.Entry<String, Estimate> entry : statistics.scores(result.rows()).entrySet()) {
            Estimate score = entry.getValue();
            GenEvalSummary.Task task =
                    entry.getKey().equals(GenEvalStatistics.OVERALL)
                            ? new GenEvalSummary.Task(summary.correctImages(), summary.images())
                            : summary.tasks().get(entry.getKey());
            table =
                    table.row(
                            entry.getKey(),
                            format("%.4f", score.value()),
                            format("[%.4f, %.4f]", score.low(), score.high()),
                            String.valueOf(task.correct()),
                            String.valueOf(task.images()),
                            String.valueOf(score.prompts()));
        }
        List<String> notes = new ArrayList<>(List.of("overall is the mean of the tasks' scores."));
        GenEvalStatistics.meanScore(result.rows())
                .ifPresent(mean -> notes.add(format("Mean partial credit: %.4f.", mean)));
        return new TitledTable("Scores", table, notes);
    }

    private TitledTable differences(Base other) {
        Table table = Table.of("task", "difference", "95 % interval", "prompts");
        for (Map.Entry<String, Estimate> entry :
                statistics.differences(result.rows(), other.rows()).entrySet()) {
            Estimate found = entry.getValue();
            table =
                    table.row(
                            entry.getKey(),
                            format("%+.4f", found.value())
                                    + (found.excludes(0) ? found.value() > 0 ? "↑" : "↓" : ""),
                            format("[%+.4f, %+.4f]", found.low(), found.high()),
                            String.valueOf(found.prompts()));
        }
        return new TitledTable(
                "Minus " + other.name() + ", paired by prompt",
                table,
                List.of("No arrow stands where the interval includes 0."));
    }

    private TitledTable problems() {
        Table table = Table.of("picture", "problem");
        int count = 0;
        for (GenEvalResult.Damaged damaged : result.damaged()) {
            if (count++ < LISTED) {
                table = table.row(damaged.picture(), damaged.reason());
            }
        }
        for (String missing : result.missing()) {
            if (count++ < LISTED) {
                table = table.row(missing, "missing");
            }
        }
        return new TitledTable(
                "Pictures that were not judged",
                table,
                List.of(
                        format(
                                "%,d damaged, %,d missing%s. They count for nothing.",
                                result.damaged().size(),
                                result.missing().size(),
                                count > LISTED ? "; the first " + LISTED + " are shown" : "")));
    }

    /**
     * Returns the report for programs; docs/geneval.md describes it.
     *
     * @return one JSON object
     */
    public String toJson() {
        GenEvalSummary summary = result.summary();
        JsonObject json = new JsonObject();
        json.addProperty("schema", "ict-hp geneval summary 1");
        json.addProperty("folder", result.folder().toString().replace('\\', '/'));
        json.addProperty("images", summary.images());
        json.addProperty("prompts", summary.prompts());
        json.addProperty("correct_images", summary.correctImages());
        json.addProperty("correct_prompts", summary.correctPrompts());
        json.add("scores", estimates(statistics.scores(result.rows())));
        GenEvalStatistics.meanScore(result.rows())
                .ifPresent(mean -> json.addProperty("mean_partial_credit", mean));
        base.ifPresent(
                other -> {
                    json.addProperty("base", other.name());
                    json.add(
                            "differences",
                            estimates(statistics.differences(result.rows(), other.rows())));
                });
        JsonArray damaged = new JsonArray();
        for (GenEvalResult.Damaged one : result.damaged()) {
            JsonObject entry = new JsonObject();
            entry.addProperty("picture", one.picture());
            entry.addProperty("reason", one.reason());
            damaged.add(entry);
        }
        json.add("damaged", damaged);
        json.add("missing", GSON.toJsonTree(result.missing()));
        json.add("made", GSON.toJsonTree(new TreeMap<>(result.made())));
        json.addProperty("resamples", statistics.resamples());
        json.addProperty("seed", statistics.seed());
        published.ifPresent(table -> json.add("published", GSON.toJsonTree(table)));
        return GSON.toJson(json) + "\n";
    }

    private static JsonObject estimates(Map<String, Estimate> estimates) {
        JsonObject json = new JsonObject();
        estimates.forEach(
                (name, estimate) -> {
                    JsonObject entry = new JsonObject();
                    entry.addProperty("value", estimate.value());
                    entry.addProperty("low", estimate.low());
                    entry.addProperty("high", estimate.high());
                    entry.addProperty("prompts", estimate.prompts());
                    json.add(name, entry);
                });
        return json;
    }

    /**
     * Writes all {@link #FILES}. Each is replaced in one step.
     *
     * @param folder where to; made if it is not there
     * @throws IOException if one cannot be written
     */
    public void write(Path folder) throws IOException {
        FolderFiles.make(folder);
        DurableFiles.write(folder.resolve(FILES.get(0)), toJsonLines());
        DurableFiles.write(folder.resolve(FILES.get(1)), toText());
        DurableFiles.write(folder.resolve(FILES.get(2)), toJson());
        DurableFiles.write(folder.resolve(FILES.get(3)), toMarkdown());
        DurableFiles.write(folder.resolve(FILES.get(4)), toHtml().toHtml());
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
