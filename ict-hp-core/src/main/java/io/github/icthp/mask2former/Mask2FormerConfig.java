package io.github.icthp.mask2former;

import com.google.common.base.Preconditions;

import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsFormatException;

import java.util.List;

/**
 * The shape of a Mask2Former over a Swin transformer.
 *
 * @param width channels of the backbone's first stage; each stage doubles them
 * @param depths blocks of its four stages
 * @param backboneHeads attention heads of its four stages
 * @param window the side of its attention windows
 * @param features channels of the pixel decoder and of queries
 * @param heads attention heads outside the backbone
 * @param labels classes of objects
 * @param queries the most masks in a picture
 * @param encoderLayers layers of the pixel decoder
 * @param encoderMlp their inner width
 * @param decoderLayers layers of the transformer decoder
 * @param decoderMlp their inner width
 */
public record Mask2FormerConfig(
        int width,
        List<Integer> depths,
        List<Integer> backboneHeads,
        int window,
        int features,
        int heads,
        int labels,
        int queries,
        int encoderLayers,
        int encoderMlp,
        int decoderLayers,
        int decoderMlp) {

    /** Stages of the backbone. */
    static final int STAGES = 4;

    /** Maps that deformable attention reads, and points of each. */
    static final int LEVELS = 3;

    static final int POINTS = 4;

    private static final int GROUPS = 32;

    /**
     * Checks the shape.
     *
     * @param width channels of the backbone's first stage
     * @param depths blocks of its four stages
     * @param backboneHeads attention heads of its four stages
     * @param window the side of its attention windows
     * @param features channels of the pixel decoder and of queries
     * @param heads attention heads outside the backbone
     * @param labels classes of objects
     * @param queries the most masks in a picture
     * @param encoderLayers layers of the pixel decoder
     * @param encoderMlp their inner width
     * @param decoderLayers layers of the transformer decoder
     * @param decoderMlp their inner width
     * @throws IllegalArgumentException if a size is not positive or does not fit another
     */
    public Mask2FormerConfig {
        depths = List.copyOf(depths);
        backboneHeads = List.copyOf(backboneHeads);
        Preconditions.checkArgument(
                depths.size() == STAGES
                        && backboneHeads.size() == STAGES
                        && depths.stream().allMatch(n -> n > 0),
                "Mask2FormerConfig: Swin has four stages of blocks with heads, got depths %s, heads"
                        + " %s",
                depths,
                backboneHeads);
        Preconditions.checkArgument(
                window > 0 && labels > 0 && queries > 0 && encoderMlp > 0 && decoderMlp > 0,
                "Mask2FormerConfig: sizes must be positive, got window %s, labels %s, queries %s,"
                        + " mlp %s and %s",
                window,
                labels,
                queries,
                encoderMlp,
                decoderMlp);
        for (int stage = 0; stage < STAGES; stage++) {
            int head = backboneHeads.get(stage);
            Preconditions.checkArgument(
                    head > 0 && width > 0 && (width << stage) % head == 0,
                    "Mask2FormerConfig: heads must divide a stage's channels, got %s heads of %s"
                            + " channels in stage %s",
                    head,
                    width << stage,
                    stage + 1);
        }
        Preconditions.checkArgument(
                features > 0 && heads > 0 && features % heads == 0 && features % GROUPS == 0,
                "Mask2FormerConfig: features must be a multiple of %s and of the heads, got %s"
                        + " features, %s heads",
                GROUPS,
                features,
                heads);
    }

    /**
     * Returns Mask2Former with Swin-T for COCO's instances.
     *
     * @return the preset
     */
    public static Mask2FormerConfig swinTiny() {
        return coco(96, List.of(2, 2, 6, 2), List.of(3, 6, 12, 24), 7);
    }

    /**
     * Returns Mask2Former with Swin-S for COCO's instances: GenEval's detector.
     *
     * @return the preset: 68,739,547 parameters
     */
    public static Mask2FormerConfig swinSmall() {
        return coco(96, List.of(2, 2, 18, 2), List.of(3, 6, 12, 24), 7);
    }

    /**
     * Returns Mask2Former with Swin-B, pretrained on pictures of 384 pixels, for COCO's instances.
     *
     * @return the preset
     */
    public static Mask2FormerConfig swinBase() {
        return coco(128, List.of(2, 2, 18, 2), List.of(4, 8, 16, 32), 12);
    }

    private static Mask2FormerConfig coco(
            int width, List<Integer> depths, List<Integer> heads, int window) {
        return new Mask2FormerConfig(
                width, depths, heads, window, 256, 8, 80, 100, 6, 1024, 9, 2048);
    }

    /** The channels of a stage, from 0. */
    int width(int stage) {
        return width << stage;
    }

    /**
     * Reads the shape off the weights: every size is one of a tensor's.
     *
     * @param weights open weights in mmdet's or Hugging Face's layout
     * @return the shape
     * @throws WeightsFormatException if they are no Mask2Former over a Swin transformer
     */
    public static Mask2FormerConfig of(Weights weights) {
        return new ShapeReader(Mask2FormerKeys.toMmdet(weights)).config();
    }

    /** Reads sizes of tensors in mmdet's names. */
    private record ShapeReader(Weights weights) {

        private static final String HEAD = "panoptic_head.";
        private static final String LAYER = HEAD + "pixel_decoder.encoder.layers.";
        private static final String QUERIES = HEAD + "transformer_decoder.layers.";

        Mask2FormerConfig config() {
            try {
                return read();
            } catch (IllegalArgumentException e) {
                throw new WeightsFormatException(
                        "Mask2Former: expected a Mask2Former over a Swin transformer in mmdet's or"
                                + " Hugging Face's layout in "
                                + weights.source()
                                + ": "
                                + e.getMessage(),
                        e);
            }
        }

        private Mask2FormerConfig read() {
            int[] depths = new int[STAGES];
            int[] heads = new int[STAGES];
            int table = 0;
            for (int stage = 0; stage < STAGES; stage++) {
                String blocks = "backbone.stages." + stage + ".blocks.";
                depths[stage] = count(blocks, ".norm1.weight");
                String bias = blocks + "0.attn.w_msa.relative_position_bias_table";
                table = size(bias, 0);
                heads[stage] = size(bias, 1);
            }
            int offsets = size(LAYER + "0.attentions.0.sampling_offsets.bias", 0);
            return new Mask2FormerConfig(
                    size("backbone.patch_embed.norm.weight", 0),
                    java.util.Arrays.stream(depths).boxed().toList(),
                    java.util.Arrays.stream(heads).boxed().toList(),
                    ((int) Math.round(Math.sqrt(table)) + 1) / 2,
                    size(HEAD + "query_feat.weight", 1),
                    offsets / (2 * LEVELS * POINTS),
                    size(HEAD + "cls_embed.bias", 0) - 1,
                    size(HEAD + "query_feat.weight", 0),
                    count(LAYER, ".norms.0.weight"),
                    size(LAYER + "0.ffns.0.layers.0.0.bias", 0),
                    count(QUERIES, ".norms.0.weight"),
                    size(QUERIES + "0.ffns.0.layers.0.0.bias", 0));
        }

        private int count(String before, String after) {
            int n = 0;
            while (weights.names().contains(before + n + after)) {
                n++;
            }
            if (n == 0) {
                throw new IllegalArgumentException(before + "0" + after + " is missing");
            }
            return n;
        }

        private int size(String name, int dimension) {
            if (!weights.names().contains(name)) {
                throw new IllegalArgumentException(name + " is missing");
            }
            ai.djl.ndarray.types.Shape shape = weights.info(name).shape();
            if (shape.dimension() <= dimension) {
                throw new IllegalArgumentException(name + " has shape " + shape);
            }
            return (int) shape.get(dimension);
        }
    }
}
