package io.github.icthp.mask2former;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.image.RgbImage;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.testing.RandomWeights;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsFormatException;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

class Mask2FormerTest {

    private static final Path DETECTOR = Golden.sample("geneval/mask2former/window7");

    private static RgbImage picture(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i * 31 + i / 97);
        }
        return RgbImage.of(width, height, rgb);
    }

    @Test
    void bothLayoutsFindTheSameObjects() {
        RgbImage image = picture(60, 40);
        try (Mask2Former one =
                        Mask2Former.load(DETECTOR.resolve("hf"), Devices.tested(), DType.FLOAT32);
                Mask2Former other =
                        Mask2Former.load(
                                DETECTOR.resolve("mmdet/mask2former_swin-tiny.pth"),
                                Devices.tested(),
                                DType.FLOAT32)) {
            List<DetectedObject> found = one.detect(image, 0);
            assertThat(found).hasSize(100);
            List<DetectedObject> same = other.detect(image, 0);
            for (int i = 0; i < found.size(); i++) {
                assertThat(same.get(i).label()).isEqualTo(found.get(i).label());
                assertThat(same.get(i).left()).isEqualTo(found.get(i).left());
            }
            assertThat(one.detect(image, found.get(4).score())).hasSizeLessThanOrEqualTo(4);
            assertThat(found.get(0).mask().width()).isEqualTo(60);
            assertThat(found.get(0).mask().height()).isEqualTo(40);
        }
    }

    /**
     * The released network with two thirds of its backbone's channels and few layers, wide enough
     * that weights are packed.
     */
    private static Weights wide() {
        JsonObject all =
                Golden.json(Golden.sample("geneval/mask2former_real_size.json"))
                        .getAsJsonObject("mmdet_2");
        Map<String, Shape> shapes = new LinkedHashMap<>();
        for (String name : all.keySet()) {
            if (!name.matches(
                    ".*(_index|blocks\\.([2-9]|1\\d)\\..*|coder\\.layers\\.[1-9]\\..*)")) {
                List<Long> shape = new ArrayList<>();
                for (JsonElement side : all.getAsJsonArray(name)) {
                    boolean scaled = scaled(name, side.getAsLong(), shape.size());
                    shape.add(scaled ? side.getAsLong() * 2 / 3 : side.getAsLong());
                }
                shapes.put(name, new Shape(shape));
            }
        }
        return RandomWeights.of(shapes, 7);
    }

    private static boolean scaled(String name, long side, int dimension) {
        if (name.contains("bias_table") || name.matches(".*(input|lateral)_convs.*conv.weight")) {
            return dimension == 1;
        }
        return name.startsWith("backbone.") && side % 96 == 0;
    }

    @Test
    void packedWeightsComputeTheSame() {
        TensorScope scope = TensorScope.open(Device.cpu());
        try (scope;
                Weights weights = wide();
                Mask2Former plain = Mask2Former.load(weights, Device.cpu(), DType.FLOAT32, false);
                Mask2Former packed = Mask2Former.load(weights, Device.cpu(), DType.FLOAT32, true)) {
            assertThat(plain.config().width()).isEqualTo(64);
            NDArray pixels = Tensors.of(RandomWeights.values(3 * 70 * 100, 5, 1), 1, 3, 70, 100);
            Autograd.in(
                    Autograd.Mode.INFERENCE,
                    () -> {
                        NDList expected = plain.pixelMaps(plain.backbone(pixels));
                        NDList actual = packed.pixelMaps(packed.backbone(pixels));
                        for (int i = 0; i < expected.size(); i++) {
                            Expected.assertClose(
                                    "map " + i,
                                    Tensors.toFloats(actual.get(i)),
                                    Tensors.toFloats(expected.get(i)),
                                    1e-3);
                        }
                        return true;
                    });
        }
    }

    /** Queries, keys and values lie apart in Hugging Face's files. */
    @Test
    void stackedTensorsAreReadInParts() {
        String name = "backbone.stages.0.blocks.0.attn.w_msa.qkv.weight";
        try (Weights weights = Weights.open(DETECTOR.resolve("hf"));
                Weights stacked = Mask2FormerKeys.toMmdet(weights)) {
            ByteBuffer whole = stacked.data(name);
            assertThat(stacked.info(name).shape()).isEqualTo(new Shape(12, 4));
            for (int offset : List.of(0, 4, 60, 64, 100, 188)) {
                ByteBuffer part = ByteBuffer.allocate(whole.limit() - offset);
                stacked.read(name, offset, part);
                assertThat(part.flip()).isEqualTo(whole.slice(offset, whole.limit() - offset));
            }
            assertThatThrownBy(() -> stacked.read(name, 4, ByteBuffer.allocate(whole.limit())))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("cannot read 192 bytes from byte 4");
        }
    }

    @Test
    void otherWeightsAreRefused() {
        try (Weights weights =
                Weights.open(Golden.sample("geneval/preprocess/values.safetensors"))) {
            assertThatThrownBy(() -> Mask2Former.load(weights, Device.cpu(), DType.FLOAT32))
                    .isInstanceOf(WeightsFormatException.class)
                    .hasMessageContaining("Mask2Former over a Swin transformer")
                    .hasMessageContaining("norm1.weight is missing");
        }
    }

    @Test
    void presetsAreTheReleasedOnes() {
        assertThat(Mask2FormerConfig.swinTiny().depths()).containsExactly(2, 2, 6, 2);
        assertThat(Mask2FormerConfig.swinBase().width(3)).isEqualTo(1024);
        assertThatThrownBy(
                        () ->
                                new Mask2FormerConfig(
                                        96,
                                        List.of(2, 2),
                                        List.of(3, 6),
                                        7,
                                        256,
                                        8,
                                        80,
                                        100,
                                        6,
                                        1024,
                                        9,
                                        2048))
                .hasMessageContaining("four stages");
    }

    @Test
    void boxesEncloseMasks() {
        BitSet pixels = new BitSet();
        assertThat(ObjectMask.of(5, 4, pixels).box()).containsExactly(0, 0, 0, 0);
        pixels.set(7);
        pixels.set(13);
        assertThat(ObjectMask.of(5, 4, pixels).box()).containsExactly(2, 1, 4, 3);
        pixels.set(0, 20);
        assertThat(ObjectMask.of(5, 4, pixels).box()).containsExactly(0, 0, 5, 4);
        pixels.set(20);
        assertThatThrownBy(() -> ObjectMask.of(5, 4, pixels)).hasMessageContaining("pixel at 20");
    }
}
