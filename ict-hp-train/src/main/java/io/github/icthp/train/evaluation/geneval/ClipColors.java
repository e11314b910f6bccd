package io.github.icthp.train.evaluation.geneval;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.clip.ClipArchitecture;
import io.github.icthp.clip.ClipModel;
import io.github.icthp.clip.ClipSettings;
import io.github.icthp.image.ImageInput;
import io.github.icthp.image.ImageProcessor;
import io.github.icthp.image.PixelBatch;
import io.github.icthp.image.RgbImage;
import io.github.icthp.mask2former.ObjectMask;
import io.github.icthp.tokenizer.ClipTokenizer;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.OpenClipKeys;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tells the colors of objects by CLIP without training: of ten texts, each the mean of three
 * templates, the nearest to the object cut out on gray. The benchmark takes OpenAI's ViT-L/14.
 *
 * <p>One thread at a time.
 */
public final class ClipColors implements AutoCloseable {

    private static final double LOGIT_SCALE = 100;

    private final ClipModel model;
    private final ClipTokenizer tokenizer;
    private final ImageProcessor images;
    private final Device device;
    private final DType type;
    private final int length;
    private final String assumption;
    private final Map<String, float[][]> classifiers = new HashMap<>();

    private ClipColors(ClipModel model, ClipSettings settings, Device device, DType type) {
        this.model = model;
        this.device = device;
        this.type = type;
        this.length = settings.config().positions();
        this.assumption = settings.assumption();
        // open_clip's crop rounds its offset to the nearest pixel, as this mode does.
        this.images = ImageProcessor.of(settings.images()).inOwnMode();
        this.tokenizer = settings.startTokenizer(true);
    }

    /**
     * Loads a classifier.
     *
     * @param path weights of a CLIP model in transformers' or open_clip's names, a file or a folder
     * @param base the folder of the model's configuration, if it lies elsewhere; without any the
     *     model is OpenAI's ViT-L/14
     * @param device where it runs
     * @param type what it computes in
     * @return the classifier; close it to free its parameters
     * @throws IllegalArgumentException if these are no weights of a CLIP model
     */
    public static ClipColors load(Path path, Optional<Path> base, Device device, DType type) {
        Path file = file(path);
        ClipSettings settings =
                ClipSettings.find(
                        List.of(path),
                        base,
                        Optional.empty(),
                        Optional.of(ClipArchitecture.VIT_L_14_QUICKGELU));
        ClipModel model;
        try (Weights weights = OpenClipKeys.toHuggingFace(Weights.openModel(file))) {
            model = ClipModel.load(weights, settings.config(), device, type, Memory.MAPPED);
        }
        try {
            return new ClipColors(model, settings, device, type);
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    /** The file of weights in a folder that may hold others too. */
    static Path file(Path path) {
        return Weights.locate(ClipSettings.weights(path));
    }

    /**
     * Returns what no file said of the model and was assumed.
     *
     * @return a sentence, or an empty string
     */
    public String assumption() {
        return assumption;
    }

    /**
     * Tells the colors of objects in one picture.
     *
     * @param image the picture
     * @param masks the objects' pixels, by class and number; a class without masks is cut by boxes
     * @return answers about this picture
     */
    public ColorAnswers in(RgbImage image, Map<String, List<ObjectMask>> masks) {
        return (name, objects) -> {
            List<RgbImage> crops = new ArrayList<>();
            for (FoundObject object : objects) {
                Optional<ObjectMask> mask =
                        Optional.ofNullable(masks.get(name)).map(all -> all.get(object.index()));
                crops.add(ColorCrops.PUBLISHED.cut(image, mask, object.box()));
            }
            return colors(logits(name, features(crops)));
        };
    }

    /** The nearest color of each row; of equal ones the first. */
    static List<String> colors(double[][] logits) {
        List<String> colors = new ArrayList<>();
        for (double[] row : logits) {
            int best = 0;
            for (int c = 1; c < row.length; c++) {
                best = row[c] > row[best] ? c : best;
            }
            colors.add(ColorAnswers.COLORS.get(best));
        }
        return colors;
    }

    /** Cosines times 100 of crops with each color of a class. */
    double[][] logits(String className, float[][] features) {
        float[][] classifier = classifier(className);
        double[][] logits = new double[features.length][classifier.length];
        for (int i = 0; i < features.length; i++) {
            for (int c = 0; c < classifier.length; c++) {
                double sum = 0;
                for (int d = 0; d < features[i].length; d++) {
                    sum += (double) features[i][d] * classifier[c][d];
                }
                logits[i][c] = LOGIT_SCALE * sum;
            }
        }
        return logits;
    }

    /** Unit features of crops. */
    float[][] features(List<RgbImage> crops) {
        PixelBatch batch = prepare(crops);
        return inference(
                () -> {
                    NDArray pixels =
                            Tensors.to(
                                    Tensors.copy(
                                            Tensors.wrap(
                                                    batch.data(),
                                                    DType.FLOAT32,
                                                    new Shape(batch.shape()))),
                                    device);
                    return rows(model.vision().forward(Tensors.cast(pixels, type)));
                });
    }

    /** Unit text features of each color of a class. */
    float[][] classifier(String className) {
        return classifiers.computeIfAbsent(className, this::encode);
    }

    private float[][] encode(String className) {
        List<String> texts = texts(className);
        long[][] ids = tokenizer.tokenize(texts, length).ids();
        float[][] features = inference(() -> rows(model.text().forward(ids)));
        int templates = texts.size() / ColorAnswers.COLORS.size();
        float[][] classifier = new float[ColorAnswers.COLORS.size()][];
        for (int color = 0; color < classifier.length; color++) {
            double[] mean = new double[features[0].length];
            for (int t = 0; t < templates; t++) {
                for (int d = 0; d < mean.length; d++) {
                    mean[d] += features[color * templates + t][d];
                }
            }
            classifier[color] = unit(mean);
        }
        return classifier;
    }

    private static float[] unit(double[] vector) {
        double norm = 0;
        for (double value : vector) {
            norm += value * value;
        }
        float[] unit = new float[vector.length];
        for (int d = 0; d < unit.length; d++) {
            unit[d] = (float) (vector[d] / Math.sqrt(norm));
        }
        return unit;
    }

    /** The benchmark's texts: three templates of each color. */
    static List<String> texts(String className) {
        List<String> texts = new ArrayList<>();
        for (String color : ColorAnswers.COLORS) {
            texts.add("a photo of a " + color + " " + className);
            texts.add("a photo of a " + color + "-colored " + className);
            texts.add("a photo of a " + color + " object");
        }
        return texts;
    }

    /** Resizes, crops and normalizes. */
    PixelBatch prepare(List<RgbImage> crops) {
        return images.process(crops.stream().map(crop -> ImageInput.of(crop, "crop")).toList());
    }

    private float[][] inference(java.util.function.Supplier<float[][]> body) {
        return Autograd.in(
                Autograd.Mode.INFERENCE, () -> TensorScope.call(device, () -> body.get()));
    }

    private static float[][] rows(NDArray features) {
        float[] flat = Tensors.toFloats(ClipModel.normalize(features));
        int width = (int) features.getShape().get(1);
        float[][] rows = new float[flat.length / width][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = java.util.Arrays.copyOfRange(flat, i * width, (i + 1) * width);
        }
        return rows;
    }

    /** Frees every parameter and the tokenizer. */
    @Override
    public void close() {
        model.close();
        tokenizer.close();
    }
}
