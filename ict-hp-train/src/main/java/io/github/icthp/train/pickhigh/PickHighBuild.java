package io.github.icthp.train.pickhigh;

import com.google.common.base.Preconditions;

import io.github.icthp.RewardModel;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Builds a data set like Pick-High from a table of base prompts, as paper A.1 does: base prompts,
 * Prompt-Extend, refinement by a language model, filters, pictures; then triplets in the released
 * layout, labeled, with a report and a data card. Steps whose part is not set are left out.
 *
 * <pre>{@code
 * BuildResult result = PickHighBuild.of(Path.of("pickapic.parquet"), Path.of("our-pick-high"))
 *         .sample(360_000)
 *         .extension(extender::extend, "daspartho/prompt-extend")
 *         .languageModel(model)
 *         .renderer(renderer)
 *         .labels(clip, "laion/CLIP-ViT-H-14-laion2B-s32B-b79K")
 *         .run();
 * }</pre>
 *
 * <p>A build that was stopped, by whatever means, resumes when it is run again with the same
 * settings, and gives the same files: each step keeps its rows in parts that appear whole, and
 * answers of the language model are kept by their question. Rows whose requests failed are
 * reported, and left out until {@link #retryFailed} is set.
 */
public final class PickHighBuild {

    private final BuildSettings settings;

    private PickHighBuild(BuildSettings settings) {
        this.settings = settings;
    }

    /**
     * Begins the settings of a build.
     *
     * @param source base prompts: text, CSV, JSON lines or parquet, told by its ending; columns as
     *     in pickapic_v2
     * @param folder the data set's folder; its state is in {@code work} below it
     * @return the settings
     */
    public static PickHighBuild of(Path source, Path folder) {
        return new PickHighBuild(new BuildSettings(source, folder));
    }

    /**
     * Sets how many base prompts are drawn from the source; all if it is not set.
     *
     * @param prompts at least 1
     * @return this
     */
    public PickHighBuild sample(long prompts) {
        Preconditions.checkArgument(
                prompts > 0, "PickHighBuild: sample must be positive, got %s", prompts);
        settings.sample = prompts;
        return this;
    }

    /**
     * Sets the longest base prompt; 30 if it is not set.
     *
     * @param tokens CLIP tokens without start and end
     * @return this
     */
    public PickHighBuild longestPrompt(int tokens) {
        Preconditions.checkArgument(
                tokens > 0, "PickHighBuild: longestPrompt must be positive, got %s", tokens);
        settings.longest = tokens;
        return this;
    }

    /**
     * Sets the seed of the sample, of extended prompts and of pictures; 0 if it is not set.
     *
     * @param seed any number
     * @return this
     */
    public PickHighBuild seed(long seed) {
        settings.seed = seed;
        return this;
    }

    /**
     * Sets what extends prompts (step 2).
     *
     * @param extension for example {@code extender::extend} of a {@link
     *     io.github.icthp.prompt.PromptExtender}
     * @param name what the data card calls it
     * @return this
     */
    public PickHighBuild extension(PromptExtension extension, String name) {
        settings.extension = Optional.of(extension);
        settings.extensionName = name;
        return this;
    }

    /**
     * Sets the language model that refines prompts (step 3) and verifies them (step 4).
     *
     * @param model the model
     * @return this
     */
    public PickHighBuild languageModel(LanguageModel model) {
        settings.languageModel = Optional.of(model);
        return this;
    }

    /**
     * Sets whether the language model verifies refined prompts; it does if it is not set. The list
     * of words is looked through in any case.
     *
     * @param verify false to leave the verification out
     * @return this
     */
    public PickHighBuild verify(boolean verify) {
        settings.verify = verify;
        return this;
    }

    /**
     * Sets a folder whose files replace templates and the list of words: {@code refine-1.txt},
     * {@code verify-1.txt}, {@code repair-1.txt}, {@code words.txt}.
     *
     * @param folder the folder
     * @return this
     */
    public PickHighBuild templates(Path folder) {
        settings.templates = Optional.of(folder);
        return this;
    }

    /**
     * Sets what makes the refined pictures (step 5).
     *
     * @param renderer the renderer
     * @return this
     */
    public PickHighBuild renderer(PromptRenderer renderer) {
        settings.renderer = Optional.of(renderer);
        return this;
    }

    /**
     * Sets the base CLIP that computes ICT labels.
     *
     * @param clip a model of {@link RewardModel#ict()} with the base CLIP's weights; it stays open
     * @param name what the data card calls it
     * @return this
     */
    public PickHighBuild labels(RewardModel clip, String name) {
        settings.clip = Optional.of(clip);
        settings.clipName = name;
        return this;
    }

    /**
     * Sets the share of rows that becomes the validation split; none if it is not set.
     *
     * @param share from 0 to below 1
     * @return this
     */
    public PickHighBuild validation(double share) {
        Preconditions.checkArgument(
                share >= 0 && share < 1,
                "PickHighBuild: validation must be in [0, 1), got %s",
                share);
        settings.validation = share;
        return this;
    }

    /**
     * Sets how requests are put.
     *
     * @param parallel at most so many at once; 8 if it is not set
     * @param perMinute at most so many a minute; 0 for no limit
     * @param tries how often a request is put at most; 6 if it is not set
     * @param pause before the second time, doubling with each further one; a second if it is not
     *     set
     * @return this
     */
    public PickHighBuild requests(int parallel, double perMinute, int tries, Duration pause) {
        Preconditions.checkArgument(
                parallel > 0 && tries > 0 && perMinute >= 0 && !pause.isNegative(),
                "PickHighBuild: requests must have parallel and tries of at least 1, and no"
                        + " negative rate or pause; got %s, %s, %s, %s",
                parallel,
                tries,
                perMinute,
                pause);
        settings.parallel = parallel;
        settings.perMinute = perMinute;
        settings.tries = tries;
        settings.pause = pause;
        return this;
    }

    /**
     * Sets prices, for the report.
     *
     * @param input of a million tokens read
     * @param output of a million tokens written
     * @return this
     */
    public PickHighBuild prices(double input, double output) {
        Preconditions.checkArgument(
                input >= 0 && output >= 0,
                "PickHighBuild: prices must not be negative, got %s and %s",
                input,
                output);
        settings.inputPrice = input;
        settings.outputPrice = output;
        return this;
    }

    /**
     * Sets how many rows are kept in a file of a step's state, and in memory; 200 if it is not set.
     *
     * @param rows at least 1
     * @return this
     */
    public PickHighBuild partSize(int rows) {
        Preconditions.checkArgument(
                rows > 0, "PickHighBuild: partSize must be positive, got %s", rows);
        settings.part = rows;
        return this;
    }

    /**
     * Sets whether rows that failed in an earlier run are tried again.
     *
     * @param retry true to try
     * @return this
     */
    public PickHighBuild retryFailed(boolean retry) {
        settings.retryFailed = retry;
        return this;
    }

    /**
     * Sets a listener.
     *
     * @param listener is told how the build goes on
     * @return this
     */
    public PickHighBuild listener(BuildListener listener) {
        settings.listener = listener;
        return this;
    }

    /**
     * Counts what a build would take, and writes nothing.
     *
     * @return counts and estimated cost
     * @throws io.github.icthp.train.data.DatasetException if the source cannot be used
     */
    public BuildEstimate estimate() {
        BasePrompts.Selection selection = prompts().select();
        long rows = selection.counts().taken;
        Templates templates = new Templates(settings.templates);
        long each = settings.languageModel.isEmpty() ? 0 : settings.verify ? 2 : 1;
        long refine = templates.text(Templates.REFINE).length() / 4 + 100L;
        long verify = settings.verify ? templates.text(Templates.VERIFY).length() / 4 + 150L : 0;
        long input = each == 0 ? 0 : rows * (refine + verify);
        long output = each == 0 ? 0 : rows * (settings.verify ? 400 : 250);
        return new BuildEstimate(
                selection.counts().rows,
                rows,
                rows * each,
                input,
                output,
                settings.cost(input, output),
                settings.renderer.isEmpty() ? 0 : rows);
    }

    private BasePrompts prompts() {
        return new BasePrompts(
                new PromptSource(settings.source),
                settings.longest,
                settings.sample,
                settings.seed);
    }

    /**
     * Builds the data set, or resumes it.
     *
     * @return what was made
     * @throws IOException if a file cannot be read or written
     * @throws IllegalStateException if another process holds the folder, it was begun with other
     *     settings, or no request will be answered; the message says which
     * @throws io.github.icthp.train.data.DatasetException if the source cannot be used
     */
    public BuildResult run() throws IOException {
        new PromptSource(settings.source).require();
        Map<String, Object> made = DataCard.settings(settings);
        try (BuildFolder folder = BuildFolder.open(settings.folder, made)) {
            return new BuildRun(settings, folder, prompts(), made).run();
        }
    }
}
