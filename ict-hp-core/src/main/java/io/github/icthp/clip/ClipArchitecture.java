package io.github.icthp.clip;

import io.github.icthp.image.ImageConfig;
import io.github.icthp.image.ImageConfig.Resize;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Published CLIP models by architecture, under open_clip's names where it has one. The shapes of
 * weights tell a width and a depth, but neither the activation nor how images are prepared: models
 * of the same shapes differ in both, so these have to be named where no configuration lies beside
 * the weights.
 */
@SuppressWarnings("ImmutableEnumChecker") // records of records, numbers and copied lists
public enum ClipArchitecture {
    /** ViT-B/32 with GELU: LAION's and DataComp's. */
    VIT_B_32("ViT-B-32", "LAION, DataComp", b32(Activation.GELU), openAi()),

    /** ViT-B/32 with QuickGELU: OpenAI's, MetaCLIP's and LAION-400M's. */
    VIT_B_32_QUICKGELU(
            "ViT-B-32-quickgelu", "OpenAI, MetaCLIP", b32(Activation.QUICK_GELU), openAi()),

    /** ViT-L/14 with GELU and OpenAI's mean: DataComp's and LAION-400M's. */
    VIT_L_14("ViT-L-14", "DataComp, LAION-400M", l14(Activation.GELU), openAi()),

    /** ViT-L/14 with GELU, mean and standard deviation 0.5: LAION-2B's. */
    VIT_L_14_LAION2B("ViT-L-14-laion2b", "LAION-2B", l14(Activation.GELU), half()),

    /** ViT-L/14 with QuickGELU: OpenAI's, MetaCLIP's and DFN-2B's. */
    VIT_L_14_QUICKGELU(
            "ViT-L-14-quickgelu", "OpenAI, MetaCLIP, DFN-2B", l14(Activation.QUICK_GELU), openAi()),

    /** ViT-H/14 with GELU: LAION-2B's, the base of the released ICT and HP. */
    VIT_H_14("ViT-H-14", "LAION-2B", h14(Activation.GELU), openAi()),

    /** ViT-H/14 with QuickGELU: MetaCLIP's. */
    VIT_H_14_QUICKGELU("ViT-H-14-quickgelu", "MetaCLIP", h14(Activation.QUICK_GELU), openAi()),

    /** ViT-H/14 with QuickGELU whose images are squeezed to a square: DFN-5B's. */
    VIT_H_14_DFN5B("ViT-H-14-dfn5b", "DFN-5B", h14(Activation.QUICK_GELU), squeezed());

    private static final int SIDE = 224;

    private final String text;
    private final String trainedBy;
    private final ClipConfig config;
    private final ImageConfig images;

    ClipArchitecture(String text, String trainedBy, ClipConfig config, ImageConfig images) {
        this.text = text;
        this.trainedBy = trainedBy;
        this.config = config;
        this.images = images;
    }

    /**
     * Returns the architecture of a name.
     *
     * @param name for example {@code ViT-B-32-quickgelu}
     * @return the architecture
     * @throws IllegalArgumentException if there is none; the message lists all
     */
    public static ClipArchitecture of(String name) {
        for (ClipArchitecture architecture : values()) {
            if (architecture.text.equals(name)) {
                return architecture;
            }
        }
        throw new IllegalArgumentException(
                "ClipArchitecture: expected one of "
                        + Arrays.stream(values())
                                .map(ClipArchitecture::toString)
                                .collect(Collectors.joining(", "))
                        + ", got '"
                        + name
                        + "'");
    }

    /**
     * Returns the shape and activation.
     *
     * @return what a {@code config.json} would say
     */
    public ClipConfig config() {
        return config;
    }

    /**
     * Returns how images are prepared.
     *
     * @return what a {@code preprocessor_config.json} would say
     */
    public ImageConfig images() {
        return images;
    }

    /** Returns name, activation and image settings, and whose models are so. */
    String description() {
        return text + " (" + trainedBy + ": " + settings() + ")";
    }

    /** Returns the activation and the image settings in words. */
    String settings() {
        return activation() + ", " + ClipSettings.words(images);
    }

    private String activation() {
        return config.vision().activation().text();
    }

    /** Returns the name, as {@link #of} takes it. */
    @Override
    public String toString() {
        return text;
    }

    private static ClipConfig b32(Activation activation) {
        return ClipConfig.vitB32().withActivation(activation);
    }

    private static ClipConfig l14(Activation activation) {
        return ClipConfig.vitL14().withActivation(activation);
    }

    private static ClipConfig h14(Activation activation) {
        return ClipConfig.vitH14().withActivation(activation);
    }

    private static ImageConfig openAi() {
        return ImageConfig.square(SIDE);
    }

    private static ImageConfig half() {
        List<Double> half = List.of(0.5, 0.5, 0.5);
        return new ImageConfig(
                new Resize.ShortestEdge(SIDE), SIDE, SIDE, ImageConfig.TO_UNIT, half, half);
    }

    private static ImageConfig squeezed() {
        return new ImageConfig(
                new Resize.Exact(SIDE, SIDE),
                SIDE,
                SIDE,
                ImageConfig.TO_UNIT,
                ImageConfig.OPENAI_MEAN,
                ImageConfig.OPENAI_STD);
    }
}
