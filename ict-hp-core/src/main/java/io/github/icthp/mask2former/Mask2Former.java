package io.github.icthp.mask2former;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

import io.github.icthp.image.RgbImage;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.List;

/**
 * Mask2Former (Cheng et al. 2022, arXiv 2112.01527) with a Swin backbone, as a detector of objects.
 * Shapes: B pictures, H x W their size, Q queries, L classes.
 *
 * <pre>{@code
 * try (Mask2Former detector = Mask2Former.load(weights, Device.cpu(), DType.FLOAT32)) {
 *     List<DetectedObject> objects = detector.detect(image, 0.3);
 * }
 * }</pre>
 *
 * <p>Weights may have mmdet's layout, of version 2 or 3, or Hugging Face's; the same network comes
 * from each. Pictures are prepared and masks made into objects as mmdet does it for COCO. The
 * backbone computes in the type that is asked for, the decoders in float32: sampling points and
 * thresholded masks lose their meaning in bfloat16.
 *
 * <p>One thread at a time.
 */
public final class Mask2Former implements AutoCloseable {

    static final TorchProgram PROGRAM =
            TorchProgram.sharing(
                    Mask2Former.class,
                    "mask2former.torchscript",
                    "/io/github/icthp/torch/widened.torchscript");

    private final NDManager manager;
    private final Mask2FormerConfig config;
    private final DType type;
    private final DetectorParts parts;
    private final DetectorPixels pixels = DetectorPixels.COCO;

    private Mask2Former(
            NDManager manager, Mask2FormerConfig config, DType type, DetectorParts parts) {
        this.manager = manager;
        this.config = config;
        this.type = type;
        this.parts = parts;
    }

    /**
     * What the network says of pictures, before masks become objects.
     *
     * @param classLogits (B, Q, L + 1), float32; the last is no object
     * @param maskLogits (B, Q, H/4, W/4), float32
     */
    public record Output(NDArray classLogits, NDArray maskLogits) {}

    /**
     * Loads a detector strictly: names and shapes are checked before any value is read.
     *
     * @param path a file of weights or a folder that holds one
     * @param device where it runs
     * @param type what the backbone computes in: float32 or bfloat16
     * @return the detector; close it to free its parameters
     * @throws io.github.icthp.weights.WeightsFormatException if these are no weights of a
     *     Mask2Former over a Swin transformer
     * @throws io.github.icthp.weights.WeightsMismatchException if parameters are missing,
     *     unexpected or misshapen
     */
    public static Mask2Former load(Path path, Device device, DType type) {
        try (Weights weights = Weights.open(path)) {
            return load(weights, device, type);
        }
    }

    /**
     * Loads a detector from open weights, as {@link #load(Path, Device, DType)} does.
     *
     * @param weights open weights; they may be closed afterwards
     * @param device where it runs
     * @param type what the backbone computes in: float32 or bfloat16
     * @return the detector; close it to free its parameters
     */
    public static Mask2Former load(Weights weights, Device device, DType type) {
        return load(weights, device, type, packs(device, type));
    }

    static Mask2Former load(Weights weights, Device device, DType type, boolean packed) {
        Mask2FormerConfig config = Mask2FormerConfig.of(weights);
        Weights plain = Mask2FormerKeys.toMmdet(weights);
        boolean columnsFirst = Mask2FormerKeys.isHuggingFace(weights);
        NDManager manager = Torch.manager(device);
        try (TensorScope scope = TensorScope.open(device)) {
            NDManager checking = scope.manager();
            DetectorParts.of(
                    Parameters.check(plain, checking),
                    config,
                    new DetectorPart.Loading(checking, false, false, columnsFirst));
            // Most weights are replaced when packed: a file's map would stay resident beside them.
            Memory memory = packed ? Memory.OWNED : Memory.MAPPED;
            DetectorParts parts =
                    DetectorParts.of(
                            Parameters.load(plain, manager, name -> type(name, type), memory),
                            config,
                            new DetectorPart.Loading(manager, true, packed, columnsFirst));
            return new Mask2Former(manager, config, type, parts);
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    private static DType type(String name, DType type) {
        return name.startsWith("backbone.") ? type : DType.FLOAT32;
    }

    /** Whether oneDNN has a layout of its own for products in a type. */
    private static boolean packs(Device device, DType type) {
        return !device.isGpu()
                && (type == DType.FLOAT32
                        || (type == DType.BFLOAT16 && Torch.fastBfloat16(device)));
    }

    /**
     * Returns the network's shape.
     *
     * @return the configuration
     */
    public Mask2FormerConfig config() {
        return config;
    }

    /**
     * Returns where the detector lives.
     *
     * @return the device
     */
    public Device device() {
        return manager.getDevice();
    }

    /**
     * Finds the objects in a picture.
     *
     * @param image the picture, of any size
     * @param above the score that objects must be above; what cannot reach it is left out early
     * @return at most 100 objects, by falling score, then label
     */
    public List<DetectedObject> detect(RgbImage image, double above) {
        return Autograd.in(
                Autograd.Mode.INFERENCE,
                () ->
                        TensorScope.call(
                                device(),
                                () -> {
                                    DetectorPixels.Prepared prepared = pixels.prepare(image);
                                    Output output =
                                            forward(Tensors.to(prepared.tensor(), device()));
                                    return Instances.of(
                                            output.classLogits().get(0),
                                            output.maskLogits().get(0),
                                            prepared.sizes(),
                                            above);
                                }));
    }

    /**
     * Runs the network.
     *
     * @param pixels (B, 3, H, W), normalized, float32; sides that are no multiple of 32 are padded
     *     where a stage needs it
     * @return what it says, owned by the thread's innermost scope
     */
    public Output forward(NDArray pixels) {
        NDList out = decode(pixelMaps(backbone(pixels)), false);
        return new Output(out.get(0), out.get(1));
    }

    /** The normed maps of the backbone's stages, in the backbone's type. */
    NDList backbone(NDArray pixels) {
        return PROGRAM.callList(
                "backbone",
                Tensors.cast(pixels, type),
                parts.backbone(),
                longs(config.depths()),
                longs(config.backboneHeads()),
                config.window());
    }

    /** Maps of strides 32, 16 and 8, and mask features of stride 4. */
    NDList pixelMaps(NDList maps) {
        return PROGRAM.callList("pixel_decoder", maps, parts.pixelDecoder(), config.heads());
    }

    /** Class and mask logits: the last, or by turns those before each layer and the last. */
    NDList decode(NDList maps, boolean every) {
        return PROGRAM.callList("decode", maps, parts.decoder(), config.heads(), every);
    }

    private static long[] longs(List<Integer> numbers) {
        return numbers.stream().mapToLong(Integer::longValue).toArray();
    }

    /** Frees every parameter. */
    @Override
    public void close() {
        manager.close();
    }
}
