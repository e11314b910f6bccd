package io.github.icthp.train.evaluation.geneval;

import com.google.common.base.Preconditions;
import com.google.common.hash.Hashing;

import io.github.icthp.image.ImageDecodeException;
import io.github.icthp.image.ImageDecoder;
import io.github.icthp.image.RgbImage;
import io.github.icthp.train.data.DatasetException;
import io.github.icthp.train.evaluation.geneval.GenEvalFolder.Sample;
import io.github.icthp.train.evaluation.geneval.GenEvalResult.Damaged;
import io.github.icthp.train.evaluation.geneval.GenEvalState.Judged;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/**
 * Runs GenEval over a folder of pictures.
 *
 * <pre>{@code
 * try (GenEvalDetector networks =
 *         GenEvalDetector.load(detector, clip, Optional.empty(), Device.cpu(), DType.FLOAT32)) {
 *     GenEvalResult found = GenEval.of(pictures).state(Path.of("state.jsonl")).run(networks);
 *     GenEvalReport.of(found).write(Path.of("results"));
 * }
 * }</pre>
 *
 * <p>A picture that cannot be read is listed and fails alone; so is one that is missing. Memory
 * holds one picture and every result's text.
 */
public final class GenEval {

    private static final int USUAL_SAMPLES = 4;

    private final GenEvalFolder folder;
    private int samples = USUAL_SAMPLES;
    private GenEvalRules rules = GenEvalRules.GENEVAL;
    private GenEvalSettings settings = GenEvalSettings.PUBLISHED;
    private @Nullable Path state;
    private Consumer<Progress> progress = step -> {};

    private GenEval(GenEvalFolder folder) {
        this.folder = folder;
    }

    /**
     * How far a run is.
     *
     * @param done pictures that are judged
     * @param total pictures that are there
     */
    public record Progress(int done, int total) {}

    /**
     * Begins a run.
     *
     * @param folder pictures in the benchmark's layout
     * @return a run with the published rules
     */
    public static GenEval of(Path folder) {
        return new GenEval(new GenEvalFolder(folder));
    }

    /**
     * Sets how many pictures each prompt should have; fewer are listed as missing.
     *
     * @param count at least 0; 4 if it is not set
     * @return this
     */
    public GenEval samples(int count) {
        Preconditions.checkArgument(
                count >= 0, "GenEval: samples must be at least 0, got %s", count);
        samples = count;
        return this;
    }

    /**
     * Sets the rules.
     *
     * @param chosen the rules; the published ones if they are not set
     * @return this
     */
    public GenEval rules(GenEvalRules chosen) {
        rules = chosen;
        return this;
    }

    /**
     * Sets thresholds.
     *
     * @param chosen the thresholds; the published ones if they are not set
     * @return this
     */
    public GenEval settings(GenEvalSettings chosen) {
        settings = chosen;
        return this;
    }

    /**
     * Sets a file that keeps results as they are found. If it is there already, results of the same
     * pictures are taken from it.
     *
     * @param file a file of JSON lines; its folder must exist
     * @return this
     */
    public GenEval state(Path file) {
        state = file;
        return this;
    }

    /**
     * Sets a listener.
     *
     * @param listener is told after each picture
     * @return this
     */
    public GenEval progress(Consumer<Progress> listener) {
        progress = listener;
        return this;
    }

    /**
     * Judges every picture.
     *
     * @param detector finds objects and tells colors
     * @return what was found
     * @throws DatasetException if the folder is not in the benchmark's layout, no picture can be
     *     read, or the state file was made otherwise
     * @throws IOException if a file cannot be read or written
     */
    public GenEvalResult run(PictureDetector detector) throws IOException {
        GenEvalFolder.Content content = folder.content(samples);
        Map<String, String> made = new LinkedHashMap<>(detector.made());
        made.put("rules", rules.toString());
        made.put("settings", settings.toString());
        List<GenEvalRow> rows = new ArrayList<>();
        List<Damaged> damaged = new ArrayList<>();
        int done = 0;
        try (GenEvalState kept = state == null ? null : GenEvalState.open(state, made)) {
            for (Sample sample : content.samples()) {
                Judged judged = judged(sample, detector, kept);
                judged.row().ifPresent(rows::add);
                if (judged.row().isEmpty()) {
                    damaged.add(new Damaged(sample.name(), judged.error()));
                }
                progress.accept(new Progress(++done, content.samples().size()));
            }
        }
        if (rows.isEmpty()) {
            throw new DatasetException(
                    "GenEval: expected pictures in "
                            + folder.folder()
                            + ", found "
                            + damaged.size()
                            + " that cannot be read and "
                            + content.missing().size()
                            + " missing");
        }
        return new GenEvalResult(
                folder.folder(),
                List.copyOf(rows),
                List.copyOf(damaged),
                content.missing(),
                Map.copyOf(made));
    }

    private Judged judged(Sample sample, PictureDetector detector, @Nullable GenEvalState kept)
            throws IOException {
        byte[] file = Files.readAllBytes(sample.file());
        String sha256 = Hashing.sha256().hashBytes(file).toString();
        Optional<Judged> earlier = kept == null ? Optional.empty() : kept.earlier(sample, sha256);
        if (earlier.isPresent()) {
            return earlier.get();
        }
        Judged judged = judge(sample, file, sha256, detector);
        if (kept != null) {
            kept.add(judged);
        }
        return judged;
    }

    private Judged judge(Sample sample, byte[] file, String sha256, PictureDetector detector) {
        RgbImage image;
        try {
            image = ImageDecoder.standard().decode(file, sample.name());
        } catch (ImageDecodeException e) {
            String message = e.getMessage();
            return new Judged(
                    sample.name(),
                    sha256,
                    Optional.empty(),
                    message == null ? e.toString() : message);
        }
        return new Judged(sample.name(), sha256, Optional.of(row(sample, image, detector)), "");
    }

    private GenEvalRow row(Sample sample, RgbImage image, PictureDetector detector) {
        GenEvalPrompt prompt = sample.prompt();
        float threshold = settings.thresholdOf(prompt);
        PictureDetector.Found found = detector.find(image, threshold);
        FoundObjects objects = FoundObjects.of(found.detections(), threshold, settings);
        Verdict verdict = rules.judge(prompt, objects, settings, found.colors());
        return new GenEvalRow(
                folder.folder().resolve(sample.name()).toString().replace('\\', '/'),
                prompt.tag(),
                prompt.text(),
                verdict.correct(),
                verdict.reason(),
                prompt.json(),
                Details.of(objects),
                rules == GenEvalRules.GENEVAL
                        ? OptionalDouble.empty()
                        : OptionalDouble.of(verdict.score()));
    }
}
