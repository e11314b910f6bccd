package io.github.icthp;

import ai.djl.inference.Predictor;

import com.google.common.base.Preconditions;
import com.google.common.collect.Streams;
import com.google.common.primitives.ImmutableDoubleArray;

import io.github.icthp.blip.ImageReward;
import io.github.icthp.blip.ItmReward;
import io.github.icthp.clip.VisionSource;
import io.github.icthp.reward.AestheticCrop;
import io.github.icthp.reward.AestheticReward;
import io.github.icthp.reward.CosineReward;
import io.github.icthp.reward.HpsResize;
import io.github.icthp.reward.IctHpReward;
import io.github.icthp.reward.RewardDefinition;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.reward.ScoreScale;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Scores images: ICT (does the image contain the text?), HP (is the image good?) or their product.
 *
 * <pre>{@code
 * try (RewardModel reward = RewardModel.combined().ict(Path.of("ICT")).hp(Path.of("HP")).build()) {
 *     RewardScore s = reward.score("a tiny dragon taking a bath in a teacup", Path.of("I3.png"));
 *     System.out.println(s.ict() + " x " + s.hp() + " = " + s.combined());
 * }
 * }</pre>
 *
 * <p>Weights are loaded once and each distinct prompt is encoded once. A model is safe to share
 * between threads: images are decoded by their callers side by side, and the networks compute for
 * one of them at a time with every core.
 *
 * <p>A prompt is always encoded alone, so {@link #score} gives the same bits whatever was scored
 * before. {@link #scoreAll} and {@link #rank} compute images together, and a matrix product rounds
 * as its size has it: company moves a score by up to 1e-6 in float32, and by up to 1e-3 in bfloat16
 * and float16, where near ties may change places. With {@link RewardModelBuilder#batch batch(1)}
 * they give the bits of {@link #score} in every precision.
 *
 * <p>Source: "Enhancing Reward Models for High-quality Image Generation: Beyond Text-Image
 * Alignment", ICCV 2025, arXiv 2507.19002.
 */
public final class RewardModel implements AutoCloseable {

    private final RewardKind kind;
    private final Preprocessor preprocessor;
    private final Scorer scorer;
    private final GradientModel gradients;
    private final int batch;
    private final ScoreProvenance provenance;
    private final Optional<VisionSource> visionTower;

    RewardModel(
            RewardKind kind,
            Preprocessor preprocessor,
            Scorer scorer,
            GradientModel gradients,
            int batch,
            ScoreProvenance provenance,
            Optional<VisionSource> visionTower) {
        this.kind = kind;
        this.preprocessor = preprocessor;
        this.scorer = scorer;
        this.gradients = gradients;
        this.batch = batch;
        this.provenance = provenance;
        this.visionTower = visionTower;
    }

    /**
     * Builds a model of ICT alone.
     *
     * @return a builder that needs {@link RewardModelBuilder#ict}
     */
    public static RewardModelBuilder ict() {
        return of(new IctHpReward(RewardKind.ICT));
    }

    /**
     * Builds a model of HP alone.
     *
     * @return a builder that needs {@link RewardModelBuilder#hp}
     */
    public static RewardModelBuilder hp() {
        return of(new IctHpReward(RewardKind.HP));
    }

    /**
     * Builds a model of ICT · HP.
     *
     * @return a builder that needs {@link RewardModelBuilder#ict} and {@link RewardModelBuilder#hp}
     */
    public static RewardModelBuilder combined() {
        return of(new IctHpReward(RewardKind.COMBINED));
    }

    /**
     * Builds a model of plain CLIP: the cosine of text and image, of any backbone.
     *
     * @return a builder that needs {@link RewardModelBuilder#weights}
     */
    public static RewardModelBuilder clip() {
        return clip(ScoreScale.COSINE);
    }

    /**
     * Builds a model of plain CLIP on a named scale.
     *
     * @param scale {@link ScoreScale#COSINE}, {@link ScoreScale#CLIP_SCORE_100} or {@link
     *     ScoreScale#CLIP_SCORE_2_5}
     * @return a builder that needs {@link RewardModelBuilder#weights}
     * @throws IllegalArgumentException if the scale is another
     */
    public static RewardModelBuilder clip(ScoreScale scale) {
        return of(CosineReward.clip(scale));
    }

    /**
     * Builds a model of PickScore, {@code yuvalkirstain/PickScore_v1}.
     *
     * @return a builder that needs {@link RewardModelBuilder#weights}
     */
    public static RewardModelBuilder pickScore() {
        return of(CosineReward.pickScore());
    }

    /**
     * Builds a model of HPS v2.0 or v2.1, whose weights tell them apart.
     *
     * @return a builder that needs {@link RewardModelBuilder#weights}, such as {@code
     *     HPS_v2.1_compressed.pt}
     */
    public static RewardModelBuilder hps() {
        return of(CosineReward.hps());
    }

    /**
     * Builds a model of HPS v2.0 or v2.1 with a named resize.
     *
     * @param resize what the authors' code leaves to the version of torchvision
     * @return a builder that needs {@link RewardModelBuilder#weights}
     */
    public static RewardModelBuilder hps(HpsResize resize) {
        return of(CosineReward.hps(resize));
    }

    /**
     * Builds a model of BLIP's image-text matching.
     *
     * @return a builder that needs {@link RewardModelBuilder#weights}, such as {@code
     *     Salesforce/blip-itm-base-coco} or {@code model_base_retrieval_coco.pth}, and {@link
     *     RewardModelBuilder#base} where no tokenizer lies beside them
     */
    public static RewardModelBuilder itm() {
        return of(new ItmReward());
    }

    /**
     * Builds a model of ImageReward.
     *
     * @return a builder that needs {@link RewardModelBuilder#weights}, {@code ImageReward.pt}, and
     *     {@link RewardModelBuilder#base} with bert-base-uncased's tokenizer where it does not lie
     *     beside them
     */
    public static RewardModelBuilder imageReward() {
        return of(new ImageReward());
    }

    /**
     * Builds a model of the LAION aesthetic predictor.
     *
     * @return a builder that needs {@link RewardModelBuilder#weights} with CLIP ViT-L/14 and {@link
     *     RewardModelBuilder#head} with the predictor, such as {@code
     *     sac+logos+ava1-l14-linearMSE.pth}
     */
    public static RewardModelBuilder aesthetic() {
        return of(new AestheticReward());
    }

    /**
     * Builds a model of the LAION aesthetic predictor with a named crop.
     *
     * @param crop as transformers or as the authors' script
     * @return a builder as {@link #aesthetic()} returns it
     */
    public static RewardModelBuilder aesthetic(AestheticCrop crop) {
        return of(new AestheticReward(crop));
    }

    /**
     * Builds a model of any scorer.
     *
     * @param definition what it measures, what it needs and how it is loaded
     * @return a builder that needs what the definition requires
     */
    public static RewardModelBuilder of(RewardDefinition definition) {
        return new RewardModelBuilder(definition);
    }

    /**
     * Scores an image file.
     *
     * @param prompt the text; HP ignores it
     * @param image the file
     * @return the score
     * @throws io.github.icthp.image.ImageDecodeException if the image cannot be read
     * @throws IllegalStateException if the model is closed
     */
    public RewardScore score(String prompt, Path image) {
        return score(PromptImage.of(prompt, image));
    }

    /**
     * Scores an image.
     *
     * @param pair the image and its prompt; HP ignores the prompt
     * @return the score
     * @throws io.github.icthp.image.ImageDecodeException if the image cannot be read
     * @throws IllegalStateException if the model is closed
     */
    public RewardScore score(PromptImage pair) {
        ByteBuffer pixels = preprocessor.read(pair.image());
        double[][] parts =
                InferenceExecutor.await(scorer.start(List.of(pixels), List.of(pair.prompt())));
        return scored(pair, parts[0]);
    }

    /**
     * Scores images for one prompt and puts the best first.
     *
     * @param prompt the text
     * @param images image files
     * @return every score, best first; images that could not be read come last, with their error
     */
    public List<RewardScore> rank(String prompt, List<Path> images) {
        return rank(prompt, images.stream().map(ImageSource::of).toArray(ImageSource[]::new));
    }

    /**
     * Scores images for one prompt and puts the best first.
     *
     * @param prompt the text
     * @param images the images
     * @return every score, best first; images that could not be read come last, with their error
     */
    public List<RewardScore> rank(String prompt, ImageSource... images) {
        Stream<PromptImage> pairs = Stream.of(images).map(image -> new PromptImage(prompt, image));
        try (Stream<RewardScore> scores = scoreAll(pairs)) {
            return RewardScore.ranked(scores.toList());
        }
    }

    /**
     * Scores a stream of pairs: batched, in order, with bounded memory. Images are decoded ahead on
     * every core; an image that cannot be read fails alone. Neighboring pairs of the same image
     * share its decoding, and within a batch its computing.
     *
     * @param pairs the pairs, taken as scores are asked for
     * @return one score a pair, in order; close it if it is not read to its end
     */
    public Stream<RewardScore> scoreAll(Stream<PromptImage> pairs) {
        ScoreIterator iterator = new ScoreIterator(this, pairs.iterator(), batch);
        return Streams.stream(iterator).onClose(iterator::close).onClose(pairs::close);
    }

    /**
     * Compares texts with texts, by the model's text tower.
     *
     * @param first prompts
     * @param second as many prompts
     * @return for each pair of prompts the cosine of their features, in [-1, 1] up to rounding
     * @throws IllegalArgumentException if there are not as many of both
     * @throws IllegalStateException if the model has no text tower of its own, or is closed
     */
    public double[] promptCosines(List<String> first, List<String> second) {
        Preconditions.checkArgument(
                first.size() == second.size(),
                "RewardModel.promptCosines: expected pairs, got %s and %s prompts",
                first.size(),
                second.size());
        return first.isEmpty()
                ? new double[0]
                : InferenceExecutor.await(scorer.compare(first, second));
    }

    /**
     * Returns how much of a prompt is left out of its scores because it is longer than the model
     * reads: CLIP's 77 tokens, BLIP's 35, start and end included.
     *
     * @param prompt any text
     * @return tokens beyond the limit; 0 if the whole prompt is read, or the model reads none
     * @throws IllegalStateException if the model is closed
     */
    public int unreadTokens(String prompt) {
        return scorer.unreadTokens(prompt);
    }

    /**
     * Returns this model as DJL's programs take one. {@code predict} throws for an image that
     * cannot be scored; in {@code batchPredict} it fails alone and its score carries the error.
     *
     * @return a predictor that scores through this model; closing it leaves this model open
     * @see io.github.icthp.djl.RewardEngine
     */
    public Predictor<PromptImage, RewardScore> predictor() {
        return RewardPredictor.of(this);
    }

    /**
     * Returns this reward as a function of pixels whose gradient reaches them. It computes on the
     * calling thread, with weights of its own if those for scoring were packed for the processor;
     * it is loaded at the first call and closes with this model.
     *
     * @return the differentiable reward
     */
    public DifferentiableReward differentiable() {
        return gradients.reward();
    }

    /**
     * Returns where this model's CLIP vision tower comes from, to be loaded for another purpose,
     * such as style injection by IP-Adapter.
     *
     * @return the tower of ICT, HP, CLIP, PickScore or HPS
     * @throws IllegalStateException if the model has no such tower, or several
     */
    public VisionSource visionTower() {
        return visionTower.orElseThrow(
                () ->
                        new IllegalStateException(
                                "RewardModel.visionTower: "
                                        + kind.name()
                                        + " has not one CLIP vision tower of its own; build a model"
                                        + " of ICT or of HP alone, CLIP, PickScore or HPS"));
    }

    /**
     * Returns what this model measures.
     *
     * @return the kind
     */
    public RewardKind kind() {
        return kind;
    }

    /**
     * Returns how scores are made.
     *
     * @return weights, precision, device and conventions
     */
    public ScoreProvenance provenance() {
        return provenance;
    }

    /**
     * Returns one line: kind, weights, precision and device.
     *
     * @return for people
     */
    @Override
    public String toString() {
        List<String> weights =
                Stream.concat(
                                kind.parts().stream(),
                                provenance.weights().keySet().stream().sorted())
                        .distinct()
                        .map(part -> provenance.weights().getOrDefault(part, ""))
                        .filter(file -> !file.isEmpty())
                        .toList();
        return String.format(
                Locale.ROOT,
                "RewardModel[%s of %s, %s on %s]",
                kind.name(),
                String.join(" and ", weights),
                provenance.precision(),
                provenance.device());
    }

    Preprocessor preprocessor() {
        return preprocessor;
    }

    Scorer scorer() {
        return scorer;
    }

    RewardScore scored(PromptImage pair, double[] parts) {
        return new RewardScore(
                pair.prompt(),
                pair.image().name(),
                kind,
                ImmutableDoubleArray.copyOf(parts),
                null,
                provenance);
    }

    RewardScore failed(PromptImage pair, RuntimeException failure) {
        return new RewardScore(
                pair.prompt(),
                pair.image().name(),
                kind,
                ImmutableDoubleArray.of(),
                failure,
                provenance);
    }

    /** Lets scoring under way end, then frees everything. Closing twice does nothing. */
    @Override
    public void close() {
        try (scorer;
                preprocessor) {
            gradients.close();
        }
    }
}
