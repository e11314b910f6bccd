package io.github.icthp.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.image.ImageConfig.Resize;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reading of preprocessor_config.json, new and old. */
class ImageConfigTest {

    @TempDir Path folder;

    private ImageConfig read(String json) throws IOException {
        Files.writeString(folder.resolve("preprocessor_config.json"), json.replace('\'', '"'));
        return ImageConfig.read(folder);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'crop_size':224,'do_resize':true,'feature_extractor_type':'CLIPFeatureExtractor',"
                        + "'resample':3,'size':224}",
                "{'crop_size':{'height':224,'width':224},'do_rescale':true,"
                        + "'image_processor_type':'CLIPImageProcessor',"
                        + "'rescale_factor':0.00392156862745098,'size':{'shortest_edge':224}}",
                "{'image_mean':[0.48145466,0.4578275,0.40821073],'crop_size':[224,224],"
                        + "'image_std':[0.26862954,0.26130258,0.27577711],'do_normalize':true}"
            })
    void allSayTheSame(String json) throws IOException {
        assertThat(read(json)).isEqualTo(ImageConfig.square(224));
    }

    @Test
    void stepsMayBeSwitchedOff() throws IOException {
        ImageConfig config =
                read(
                        "{'do_resize':false,'do_rescale':false,'do_normalize':false,"
                                + "'crop_size':{'height':10,'width':20}}");

        assertThat(config)
                .isEqualTo(
                        new ImageConfig(
                                new Resize.Keep(),
                                10,
                                20,
                                1,
                                List.of(0.0, 0.0, 0.0),
                                List.of(1.0, 1.0, 1.0)));
    }

    @Test
    void withoutACropTheSizeIsTheResults() throws IOException {
        ImageConfig config =
                read(
                        "{'do_center_crop':false,'size':{'height':30,'width':40},"
                                + "'image_mean':0.5,'image_std':0.5}");

        assertThat(config.resize()).isEqualTo(new Resize.Exact(30, 40));
        assertThat(config.height()).isEqualTo(30);
        assertThat(config.width()).isEqualTo(40);
        assertThat(config.mean()).containsExactly(0.5, 0.5, 0.5);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'do_center_crop':false}",
                "{'resample':2}",
                "{'size':{'longest_edge':224}}",
                "{'crop_size':{'shortest_edge':224}}",
                "{'crop_size':0}",
                "{'image_std':[1,0,1]}",
                "{'image_mean':[0.5]}",
                "{'image_processor_type':'SiglipImageProcessor'}",
                "{'size':",
                "[]",
                "{'crop_size':'large'}"
            })
    void whatCannotBeDoneIsRefused(String json) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("ClipImageConfig: ");
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatThrownBy(() -> ImageConfig.read(folder))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(folder.resolve("preprocessor_config.json").toString());
    }
}
