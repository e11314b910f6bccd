package io.github.icthp.diffusion.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

import io.github.icthp.ImageSource;
import io.github.icthp.Miniature;
import io.github.icthp.RewardModel;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.diffusion.unet.UNet;
import io.github.icthp.diffusion.unet.UNetConfig;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.SafetensorsWriter;
import io.github.icthp.weights.TensorReader;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsFormatException;
import io.github.icthp.weights.WeightsMismatchException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

class StyleAdapterTest {

    private static final Path AREA = Golden.sample("unet/ip_adapter");
    private static final Path MODELS = AREA.resolve("repository/models");
    private static final Path PLAIN = MODELS.resolve("ip-adapter_sd15.safetensors");
    private static final Path SDXL_PLUS =
            AREA.resolve("repository/sdxl_models/ip-adapter-plus_sdxl_vit-h.safetensors");
    private static final List<ImageSource> PICTURES =
            List.of(picture("sd15_plain/image_0.png"), picture("sd15_plain/image_1.png"));

    @TempDir Path folder;

    private static ImageSource picture(String name) {
        return ImageSource.of(AREA.resolve(name));
    }

    private static Map<String, LinearShape> unet(String family) {
        Path config = Golden.sample("unet/pipelines/" + family + "_tiny/pipeline/unet/config.json");
        return UNet.linears(UNetConfig.read(config));
    }

    @Test
    void findsTheOneAdapterOfAFolderAndTheEncoderBeside() {
        StyleAdapter found = StyleAdapter.open(MODELS);
        assertThat(found.file()).isEqualTo(PLAIN);
        assertThat(found.hasBase()).isTrue();
        assertThat(found.isExchanged()).isFalse();
        assertThat(found.encoder().weights().endsWith("models/image_encoder")).isTrue();
        // The vit-h adapter of SDXL reads the encoder in the other folder.
        assertThat(
                        StyleAdapter.open(SDXL_PLUS)
                                .encoder()
                                .weights()
                                .endsWith("models/image_encoder"))
                .isTrue();
        assertThatThrownBy(() -> StyleAdapter.open(AREA.resolve("repository")))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContainingAll(
                        "expected one ip-adapter file", "ip-adapter_sd15", "ip-adapter-plus_sdxl");
        assertThatThrownBy(() -> StyleAdapter.open(folder))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("got none; name the file");
    }

    @Test
    void refusesAdaptersOfAnotherFamily() {
        StyleAdapter.open(PLAIN).check(unet("sd15"));
        assertThatThrownBy(() -> StyleAdapter.open(SDXL_PLUS).check(unet("sd15")))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("name an adapter of this family");
        Map<String, Shape> sdxl = new TreeMap<>();
        sdxl.put("image_proj.proj.weight", new Shape(8192, 1280));
        sdxl.put("image_proj.norm.weight", new Shape(2048));
        sdxl.put("ip_adapter.1.to_k_ip.weight", new Shape(640, 2048));
        Map<String, LinearShape> linears = UNet.linears(UNetConfig.sd15());
        assertThatThrownBy(() -> IpAdapter.check(sdxl, linears, "sdxl.bin"))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContainingAll("2048, SDXL's", "768, SD1.5's");
    }

    private Path changed(String missing, String more) {
        Path file = folder.resolve("changed.safetensors");
        TensorScope.run(
                Device.cpu(),
                () -> {
                    Map<String, NDArray> tensors = new TreeMap<>();
                    try (Weights weights = Weights.open(PLAIN)) {
                        for (String name : weights.names()) {
                            if (!name.equals(missing)) {
                                tensors.put(name, Tensors.copy(TensorReader.read(weights, name)));
                            }
                        }
                        if (!more.isEmpty()) {
                            tensors.put(more, Tensors.of(new float[4], 2, 2));
                        }
                        SafetensorsWriter.write(file, tensors, Map.of());
                    }
                });
        return file;
    }

    @Test
    void namesMissingAndUnexpectedTensors() {
        Map<String, LinearShape> linears = unet("sd15");
        Path less = changed("ip_adapter.7.to_v_ip.weight", "");
        assertThatThrownBy(() -> IpAdapter.check(less, linears))
                .isInstanceOf(WeightsMismatchException.class)
                .hasMessageContaining("1 missing [ip_adapter.7.to_v_ip.weight]");
        Path more = changed("", "ip_adapter.9.to_q_ip.weight");
        assertThatThrownBy(() -> IpAdapter.check(more, linears))
                .isInstanceOf(WeightsMismatchException.class)
                .hasMessageContaining("1 unexpected [ip_adapter.9.to_q_ip.weight]");
        Path headless = changed("image_proj.norm.weight", "");
        assertThatThrownBy(() -> StyleAdapter.open(headless))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("expected image_proj.norm.weight, got none");
    }

    @Test
    void refusesOtherKindsByName() {
        Path faceId = changed("", "ip_adapter.0.to_q_lora.down.weight");
        assertThatThrownBy(() -> StyleAdapter.open(faceId))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("FaceID");
        Path fullFace = changed("image_proj.proj.weight", "image_proj.proj.0.weight");
        assertThatThrownBy(() -> StyleAdapter.open(fullFace))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("full-face");
        assertThatThrownBy(
                        () -> StyleAdapter.open(MODELS.resolve("image_encoder/model.safetensors")))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("expected an IP-Adapter with tensors below image_proj");
    }

    @Test
    void refusesDamagedFiles() throws IOException {
        for (String name : List.of("ip-adapter_sd15.safetensors", "ip-adapter_sd15.bin")) {
            byte[] whole = Files.readAllBytes(MODELS.resolve(name));
            Path half = Files.write(folder.resolve(name), Arrays.copyOf(whole, whole.length / 2));
            assertThatThrownBy(() -> StyleAdapter.open(half))
                    .isInstanceOf(WeightsFormatException.class)
                    .hasMessageContaining(name);
        }
    }

    @Test
    void refusesEncodersOfAnotherWidth() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StyleAdapter.open(PLAIN).imageEncoder(Miniature.clip()))
                .withMessageContainingAll(
                        "plain adapter reads projected features of width 20", "have width");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StyleAdapter.open(SDXL_PLUS).imageEncoder(Miniature.clip()))
                .withMessageContainingAll("Plus adapter", "of width 24");
    }

    @Test
    void takesTheTowerOfARewardModel() {
        try (RewardModel hp = RewardModel.hp().miniature().build();
                RewardModel both = RewardModel.combined().miniature().build()) {
            assertThat(hp.visionTower().weights()).isEqualTo(Miniature.hp().resolve("hp_backbone"));
            StyleAdapter adapter = StyleAdapter.open(PLAIN);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> adapter.imageEncoder(hp))
                    .withMessageContaining("HP of ");
            assertThatIllegalStateException()
                    .isThrownBy(() -> adapter.imageEncoder(both))
                    .withMessageContaining("not one CLIP vision tower");
        }
    }

    @Test
    void needsAnEncoderAndSaysHowToNameOne() throws IOException {
        StyleAdapter alone =
                StyleAdapter.open(Files.copy(PLAIN, folder.resolve("ip-adapter_sd15.safetensors")));
        assertThat(alone.hasBase()).isFalse();
        assertThatIllegalStateException()
                .isThrownBy(() -> alone.check(unet("sd15")))
                .withMessageContaining("whose features have width 20");
        assertThatIllegalStateException()
                .isThrownBy(() -> alone.shift(PICTURES))
                .withMessageContaining("baseEncoder(...)");
        StyleAdapter named = alone.baseEncoder(MODELS.resolve("image_encoder"));
        named.check(unet("sd15"));
        assertThatIllegalStateException()
                .isThrownBy(() -> named.shift(PICTURES))
                .withMessageContaining("the encoder was not exchanged");
    }

    @Test
    void anEncoderDoesNotShiftFromItself() {
        StyleAdapter same = StyleAdapter.open(PLAIN).imageEncoder(MODELS.resolve("image_encoder"));
        for (FeatureShift shift : same.shift(PICTURES)) {
            assertThat(shift.cosine()).isBetween(1 - 1e-6, 1 + 1e-6);
            assertThat(shift.normRatio()).isBetween(1 - 1e-6, 1 + 1e-6);
            assertThat(shift.warning()).isEmpty();
        }
    }

    @Test
    void alignmentBringsFeaturesBack() {
        StyleAdapter exchanged = StyleAdapter.open(PLAIN).imageEncoder(AREA.resolve("ICT"));
        List<FeatureShift> before = exchanged.shift(PICTURES);
        StyleAdapter aligned = exchanged.aligned(PICTURES);
        assertThat(aligned.isAligned()).isTrue();
        List<FeatureShift> after = aligned.shift(PICTURES);
        for (int i = 0; i < before.size(); i++) {
            assertThat(before.get(i).isLarge()).isTrue();
            assertThat(before.get(i).warning().orElseThrow()).contains("image_" + i, "ICT");
            assertThat(before.get(i).warning().orElseThrow()).contains("align the features");
            assertThat(after.get(i).toString()).contains("aligned features by");
            assertThat(after.get(i).cosine()).isGreaterThan(before.get(i).cosine() + 0.3);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> exchanged.aligned(PICTURES.subList(0, 1)))
                .withMessageContaining("at least 2 pictures");
    }

    @Test
    void fitsMeansAndDeviations() {
        List<float[]> base = List.of(new float[] {1, 5, 3, 7}, new float[] {5, 9});
        List<float[]> exchanged = List.of(new float[] {10, 2, 20, 2}, new float[] {30, 2});
        FeatureAlignment fitted = FeatureAlignment.fit(base, exchanged, 2);
        assertThat(fitted.apply(new float[] {10, 2, 20, 3})).containsExactly(1, 7, 3, 8);
    }

    @Test
    void aShiftThatIsNoNumberIsLarge() {
        FeatureShift zero =
                FeatureShift.between("a.png", "ICT", false, new float[2], new float[] {1, 1});
        assertThat(zero.isLarge()).isTrue();
        FeatureShift far =
                FeatureShift.between("a.png", "ICT", false, new float[] {1, 0}, new float[] {0, 2});
        assertThat(far.cosine()).isZero();
        assertThat(far.normRatio()).isEqualTo(2);
        FeatureShift longer =
                FeatureShift.between(
                        "a.png", "ICT", false, new float[] {1, 0}, new float[] {1.3f, 0});
        assertThat(longer.warning()).isPresent();
    }

    @Test
    void aStyleNeedsPictures() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StyleAdapter.open(PLAIN).with())
                .withMessageContaining("expected reference pictures, got none");
    }
}
