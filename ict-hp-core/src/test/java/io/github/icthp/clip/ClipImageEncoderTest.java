package io.github.icthp.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.Miniature;
import io.github.icthp.image.ImageDecodeException;
import io.github.icthp.image.ImageInput;
import io.github.icthp.testing.Expected;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

class ClipImageEncoderTest {

    @TempDir Path folder;

    private static ImageInput picture() {
        BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 1200; i++) {
            image.setRGB(i % 40, i / 40, 0x010307 * i);
        }
        return ImageInput.of(image, "drawn");
    }

    @Test
    void theLastLayerButOneLeadsToTheProjectedFeature() {
        VisionSource source = VisionSource.find(Miniature.clip());
        TensorScope.run(
                Device.cpu(),
                () -> {
                    try (ClipImageEncoder encoder =
                                    ClipImageEncoder.load(source, Device.cpu(), DType.FLOAT32);
                            Weights weights = Weights.openModel(Miniature.clip());
                            ClipModel whole =
                                    ClipModel.load(
                                            weights,
                                            source.config(),
                                            Device.cpu(),
                                            DType.FLOAT32,
                                            Memory.MAPPED)) {
                        NDArray pixels = encoder.pixels(List.of(picture()));
                        ClipVisionTower tower = whole.vision();
                        NDArray states = encoder.penultimate(pixels);
                        int last = source.config().vision().layers() - 1;
                        NDArray pooled = tower.encoder().layer(last, states).get(":, 0");
                        NDArray projection = whole.parameters().get("visual_projection.weight");
                        NDArray expected = tower.postNorm(pooled).dot(projection.transpose());
                        Expected.assertClose(
                                "projected",
                                Tensors.toFloats(encoder.projected(pixels)),
                                Tensors.toFloats(expected),
                                1e-5);
                        assertThat(encoder.zeroPixels().getShape()).isEqualTo(pixels.getShape());
                    }
                });
    }

    @Test
    void findsIctAndHpInTheReleasedLayout() {
        Path root = Miniature.ict().getParent();
        VisionSource ict = VisionSource.ofIct(root, Optional.empty(), Optional.empty());
        assertThat(ict.weights()).isEqualTo(Miniature.ict());
        assertThat(ict.config()).isEqualTo(VisionSource.find(Miniature.clip()).config());
        Path backbone = Miniature.hp().resolve("hp_backbone");
        for (Path named : List.of(root, Miniature.hp(), backbone)) {
            VisionSource hp = VisionSource.ofHp(named, Optional.empty(), Optional.empty());
            assertThat(hp.weights()).isEqualTo(backbone);
            assertThat(hp.config()).isEqualTo(ict.config());
        }
        assertThat(VisionSource.find(Miniature.hp()).weights()).isEqualTo(backbone);
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        assertThatThrownBy(() -> VisionSource.find(folder.resolve("nowhere")))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("nowhere");
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"clip_vision_model\"}");
        assertThatThrownBy(() -> VisionSource.find(folder))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("no weights in the folder");
        Files.createFile(folder.resolve("model.safetensors"));
        assertThat(VisionSource.find(folder).config().vision().width()).isEqualTo(768);
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"siglip\"}");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VisionSource.find(folder))
                .withMessageContaining("expected model_type clip, got siglip");
    }

    @Test
    void namesThePictureThatCannotBeRead() {
        TensorScope.run(
                Device.cpu(),
                () -> {
                    try (ClipImageEncoder encoder =
                            ClipImageEncoder.load(
                                    VisionSource.find(Miniature.clip()),
                                    Device.cpu(),
                                    DType.FLOAT32)) {
                        Path missing = folder.resolve("missing.png");
                        assertThatThrownBy(
                                        () ->
                                                encoder.pixels(
                                                        List.of(picture(), ImageInput.of(missing))))
                                .isInstanceOf(ImageDecodeException.class)
                                .hasMessageContaining("missing.png");
                    }
                });
    }
}
