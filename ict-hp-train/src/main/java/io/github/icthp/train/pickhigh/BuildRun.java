package io.github.icthp.train.pickhigh;

import com.google.common.base.Throwables;
import com.google.common.collect.Lists;

import io.github.icthp.ImageSource;
import io.github.icthp.files.DurableFiles;
import io.github.icthp.files.FolderFiles;
import io.github.icthp.train.pickhigh.BasePrompts.Selection;
import io.github.icthp.training.Seeds;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** One run of a build: the steps in turn, part by part. */
final class BuildRun {

    private final BuildSettings settings;
    private final BuildFolder folder;
    private final BasePrompts prompts;
    private final Map<String, Object> made;
    private final SourcePictures sources;
    private final StepFolder base;
    private final StepFolder extended;
    private final StepFolder refined;
    private final StepFolder filtered;
    private final StepFolder pictured;

    BuildRun(
            BuildSettings settings,
            BuildFolder folder,
            BasePrompts prompts,
            Map<String, Object> made)
            throws IOException {
        this.settings = settings;
        this.folder = folder;
        this.prompts = prompts;
        this.made = made;
        this.sources = new SourcePictures(folder.work(), new Pauses(settings.pause));
        this.base = new StepFolder(folder.work(), 1, "prompts");
        this.extended = new StepFolder(folder.work(), 2, "extend");
        this.refined = new StepFolder(folder.work(), 3, Refinement.NAME);
        this.filtered = new StepFolder(folder.work(), 4, Verification.NAME);
        this.pictured = new StepFolder(folder.work(), 5, "pictures");
    }

    /** Makes a step's rows of the step's before, which are of one part. */
    @FunctionalInterface
    private interface Step {
        List<PromptRow> apply(List<PromptRow> rows) throws IOException;
    }

    BuildResult run() throws IOException {
        if (settings.retryFailed) {
            new Failures(folder, List.of(base, extended, refined, filtered, pictured)).forget();
        }
        ExecutorService pool = Executors.newFixedThreadPool(settings.parallel);
        try {
            BasePrompts.Counts counts = basePrompts(pool);
            int parts = Math.toIntExact((counts.taken + settings.part - 1) / settings.part);
            step(base, extended, parts, counts.taken, this::extend);
            Optional<Questions> questions =
                    settings.languageModel.map(
                            model ->
                                    new Questions(asker(model), new Templates(settings.templates)));
            Optional<Refinement> refinement = questions.map(Refinement::new);
            step(
                    extended,
                    refined,
                    parts,
                    counts.taken,
                    rows ->
                            refinement.isEmpty()
                                    ? rows
                                    : each(pool, rows, refinement.get()::apply));
            Verification verification =
                    new Verification(
                            WordList.of(settings.templates),
                            settings.verify ? questions : Optional.empty());
            step(
                    refined,
                    filtered,
                    parts,
                    counts.taken,
                    rows -> each(pool, rows, verification::apply));
            step(filtered, pictured, parts, counts.taken, this::pictures);
            return new BuildOutput(settings, folder, pictured, parts, counts, made).finish();
        } finally {
            pool.shutdownNow();
        }
    }

    private Asker asker(LanguageModel model) {
        return new Asker(
                model,
                folder.work().resolve("answers"),
                settings.tries,
                new Pauses(settings.pause),
                settings.perMinute);
    }

    private void step(StepFolder from, StepFolder to, int parts, long total, Step step)
            throws IOException {
        for (int part = 0; part < parts; part++) {
            if (!to.has(part)) {
                to.write(part, step.apply(from.read(part)));
            }
            settings.listener.progress(
                    to.name(), Math.min(total, (part + 1L) * settings.part), total);
        }
    }

    // ---- step 1

    private BasePrompts.Counts basePrompts(ExecutorService pool) throws IOException {
        if (Files.exists(base.summary())) {
            return StepFolder.GSON.fromJson(
                    Files.readString(base.summary()), BasePrompts.Counts.class);
        }
        Selection selection = prompts.select();
        List<SourceRow> waiting = new ArrayList<>();
        long[] written = new long[1];
        try {
            prompts.each(
                    selection,
                    row -> {
                        waiting.add(row);
                        if (waiting.size() == settings.part) {
                            written[0] += flush(pool, waiting, written[0]);
                            settings.listener.progress(
                                    base.name(), written[0], selection.counts().taken);
                        }
                    });
            written[0] += flush(pool, waiting, written[0]);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        settings.listener.progress(base.name(), written[0], selection.counts().taken);
        DurableFiles.write(base.summary(), StepFolder.GSON.toJson(selection.counts()));
        return selection.counts();
    }

    /** Writes a part, unless it is there, its pictures being fetched at once. */
    private int flush(ExecutorService pool, List<SourceRow> rows, long first) {
        int part = (int) (first / settings.part);
        try {
            if (!rows.isEmpty() && !base.has(part)) {
                List<Callable<PromptRow>> tasks = new ArrayList<>();
                for (SourceRow row : rows) {
                    long number = first + tasks.size();
                    tasks.add(() -> based(row, number));
                }
                base.write(part, all(pool, tasks));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int size = rows.size();
        rows.clear();
        return size;
    }

    private PromptRow based(SourceRow row, long number) throws IOException {
        String prompt = BasePrompts.cleaned(row.prompt());
        ImageSource rejected = row.rejected();
        ImageSource preferred = row.preferred();
        if (rejected == null || preferred == null) {
            return PromptRow.of(number, prompt, null, null);
        }
        try {
            return PromptRow.of(
                    number,
                    prompt,
                    sources.keep(rejected, number, 0),
                    sources.keep(preferred, number, 1));
        } catch (SourcePictures.PictureException e) {
            return PromptRow.of(number, prompt, null, null)
                    .removed(base.name(), Removal.Kind.FAILED, e.getMessage());
        }
    }

    // ---- step 2

    private List<PromptRow> extend(List<PromptRow> rows) {
        if (settings.extension.isEmpty()) {
            return rows;
        }
        List<PromptRow> kept = rows.stream().filter(PromptRow::kept).toList();
        long[] seeds =
                kept.stream()
                        .mapToLong(row -> Seeds.derive(settings.seed, row.row(), "extend"))
                        .toArray();
        List<String> texts = new ArrayList<>();
        for (int from = 0; from < kept.size(); from += 16) {
            int to = Math.min(kept.size(), from + 16);
            texts.addAll(
                    settings.extension
                            .get()
                            .extend(
                                    kept.subList(from, to).stream().map(PromptRow::base).toList(),
                                    Arrays.copyOfRange(seeds, from, to)));
        }
        List<PromptRow> made = new ArrayList<>();
        int at = 0;
        for (PromptRow row : rows) {
            made.add(row.kept() ? row.withExtended(BasePrompts.cleaned(texts.get(at++))) : row);
        }
        return made;
    }

    // ---- steps 3 and 4

    /** What a step makes of one row. */
    @FunctionalInterface
    private interface RowStep {
        PromptRow apply(PromptRow row) throws LanguageModelException;
    }

    private static List<PromptRow> each(ExecutorService pool, List<PromptRow> rows, RowStep step)
            throws IOException {
        List<Callable<PromptRow>> tasks = new ArrayList<>();
        rows.forEach(row -> tasks.add(() -> row.kept() ? step.apply(row) : row));
        return all(pool, tasks);
    }

    /** Runs tasks at once, and returns their rows in order. */
    private static List<PromptRow> all(ExecutorService pool, List<Callable<PromptRow>> tasks)
            throws IOException {
        List<Future<PromptRow>> futures = tasks.stream().map(pool::submit).toList();
        List<PromptRow> made = new ArrayList<>();
        try {
            for (Future<PromptRow> future : futures) {
                made.add(future.get());
            }
            return made;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof LanguageModelException stop) {
                throw new IllegalStateException(
                        "PickHighBuild: stopped, as no request is answered: "
                                + stop.getMessage()
                                + "; what was done is kept: run it again to resume",
                        stop);
            }
            Throwables.throwIfInstanceOf(e.getCause(), IOException.class);
            throw new IllegalStateException("PickHighBuild: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(
                    "PickHighBuild: interrupted; run it again to resume", e);
        } finally {
            futures.forEach(future -> future.cancel(true));
        }
    }

    // ---- step 5

    private List<PromptRow> pictures(List<PromptRow> rows) throws IOException {
        if (settings.renderer.isEmpty()) {
            return rows;
        }
        Path target = FolderFiles.make(folder.work().resolve("refined"));
        List<PromptRenderer.Picture> wanted = new ArrayList<>();
        for (PromptRow row : rows) {
            Path file = target.resolve(String.format(Locale.ROOT, "%08d.png", row.row()));
            if (row.kept()) {
                wanted.add(
                        new PromptRenderer.Picture(
                                row.row(), row.best(), settings.seed + row.row(), file));
            }
        }
        Map<Long, String> failures = render(wanted);
        List<PromptRow> made = new ArrayList<>();
        for (PromptRow row : rows) {
            String failure = failures.get(row.row());
            if (!row.kept()) {
                made.add(row);
            } else if (failure != null) {
                made.add(row.removed(pictured.name(), Removal.Kind.FAILED, failure));
            } else {
                made.add(
                        row.withPicture(String.format(Locale.ROOT, "refined/%08d.png", row.row())));
            }
        }
        return made;
    }

    /** Renders in batches, of which those that are there already stay, and returns what failed. */
    private Map<Long, String> render(List<PromptRenderer.Picture> wanted) {
        PromptRenderer renderer = settings.renderer.orElseThrow();
        Map<Long, String> failures = new HashMap<>();
        for (List<PromptRenderer.Picture> batch : Lists.partition(wanted, renderer.batch())) {
            if (!batch.stream().allMatch(picture -> Files.exists(picture.file()))) {
                render(renderer, batch, failures);
            }
        }
        return failures;
    }

    /** Renders a batch, or if that fails each picture by itself. */
    private static void render(
            PromptRenderer renderer,
            List<PromptRenderer.Picture> batch,
            Map<Long, String> failures) {
        try {
            renderer.render(batch);
        } catch (IOException | RuntimeException e) {
            if (batch.size() > 1) {
                batch.forEach(picture -> render(renderer, List.of(picture), failures));
            } else {
                failures.put(batch.get(0).row(), "no picture: " + e);
            }
        }
    }
}
