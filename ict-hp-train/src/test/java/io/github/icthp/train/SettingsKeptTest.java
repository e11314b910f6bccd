package io.github.icthp.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.icthp.clip.ClipSettings;
import io.github.icthp.image.ImageConfig;
import io.github.icthp.image.ImageConfig.Resize;
import io.github.icthp.weights.OpenClipKeys;
import io.github.icthp.weights.SafetensorsWriter;
import io.github.icthp.weights.Weights;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Configurations of every name go along with what is trained or exported from their model. */
class SettingsKeptTest {

    private static final ImageConfig HALF =
            new ImageConfig(
                    new Resize.ShortestEdge(16),
                    16,
                    16,
                    ImageConfig.TO_UNIT,
                    List.of(0.5, 0.5, 0.5),
                    List.of(0.5, 0.5, 0.5));

    @TempDir Path folder;
    private Path base;

    @BeforeEach
    void writeBase() {
        base = TinyRun.base(folder.resolve("base"));
    }

    private void nest() throws IOException {
        Files.delete(base.resolve("preprocessor_config.json"));
        Files.writeString(
                base.resolve("processor_config.json"),
                "{\"image_processor\": " + HALF.toJson() + "}");
    }

    private Path openClip() throws IOException {
        Path other = folder.resolve("open");
        try (Weights weights = OpenClipKeys.toOpenClip(Weights.open(base))) {
            SafetensorsWriter.write(other.resolve("open_clip_model.safetensors"), weights);
        }
        Files.writeString(
                other.resolve("open_clip_config.json"),
                """
                {"model_cfg": {"embed_dim": 16, "quick_gelu": true,
                   "vision_cfg": {"image_size": 16, "patch_size": 8, "layers": 2, "width": 16,
                     "head_width": 8, "mlp_ratio": 2},
                   "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2,
                     "layers": 2, "mlp_ratio": 2}},
                 "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}}""");
        return other;
    }

    private void hasSettings(Path written) {
        ClipSettings found =
                ClipSettings.find(List.of(written), Optional.empty(), Optional.empty());
        assertThat(found.images()).isEqualTo(HALF);
        assertThat(found.assumption()).isEmpty();
        assertThat(found.config().vision())
                .isEqualTo(
                        ClipSettings.find(List.of(base), Optional.empty(), Optional.empty())
                                .config()
                                .vision());
        assertThat(written.resolve("config.json")).exists();
        assertThat(ImageConfig.read(written.resolve("preprocessor_config.json"))).isEqualTo(HALF);
    }

    @Test
    void trainingKeepsNestedSettings() throws IOException {
        nest();
        TrainingResult result = TinyRun.ict(base, folder.resolve("run"), 2).saveEvery(1).train();
        hasSettings(result.last());
        hasSettings(result.best());
        assertThat(result.last().resolve("processor_config.json")).exists();
    }

    @Test
    void trainingRewritesOpenClipsSettings() throws IOException {
        TrainingResult result = TinyRun.hp(openClip(), folder.resolve("run"), 2).train();
        hasSettings(result.last().resolve("hp_backbone"));
    }

    @Test
    void exportKeepsNestedSettingsOfTheFolderAround() throws IOException {
        nest();
        Path ict = folder.resolve("ICT");
        Files.createDirectories(ict);
        Files.copy(base.resolve("model.safetensors"), ict.resolve("model.safetensors"));
        Path written = ReleasedLayout.export(ict, folder.resolve("out"));
        hasSettings(written);
        assertThat(written.resolve("pytorch_model.bin")).exists();
        assertThat(written.resolve("processor_config.json")).exists();
    }

    @Test
    void exportRewritesOpenClipsSettings() throws IOException {
        Path open = openClip();
        hasSettings(ReleasedLayout.toHuggingFace(open, folder.resolve("out/hf")));
        assertThat(folder.resolve("out/hf/open_clip_config.json")).doesNotExist();
    }

    @Test
    void exportOfWeightsThatNothingLiesBesideAssumesNothing() throws IOException {
        Path ict = folder.resolve("far/away/ICT");
        Files.createDirectories(ict);
        Files.copy(base.resolve("model.safetensors"), ict.resolve("model.safetensors"));
        Path written = ReleasedLayout.export(ict, folder.resolve("far/out/released"));
        assertThat(written.resolve("pytorch_model.bin")).exists();
        assertThat(written.resolve("config.json")).doesNotExist();
    }
}
