package io.github.icthp.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.image.ImageConfig.Resize;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Which of a folder's files says how images are prepared, as in transformers 5.18. */
class ProcessorFileTest {

    private static final List<Double> HALF = List.of(0.5, 0.5, 0.5);

    @TempDir Path folder;

    private void write(String name, String json) throws IOException {
        Files.writeString(folder.resolve(name), json.replace('\'', '"'));
    }

    private ImageConfig nested(String json) throws IOException {
        write("processor_config.json", "{'image_processor':" + json + "}");
        return ImageConfig.read(folder);
    }

    @Test
    void nestedSettingsWin() throws IOException {
        write("preprocessor_config.json", "{'image_mean':0.25,'size':30,'crop_size':30}");
        ImageConfig config =
                nested(
                        "{'image_mean':[0.5,0.5,0.5],'image_std':[0.5,0.5,0.5],"
                                + "'size':{'shortest_edge':42},'crop_size':{'height':42,'width':42},"
                                + "'image_processor_type':'CLIPImageProcessor'}");
        assertThat(config.mean()).isEqualTo(HALF);
        assertThat(config.std()).isEqualTo(HALF);
        assertThat(config.resize()).isEqualTo(new Resize.ShortestEdge(42));
        assertThat(config.height()).isEqualTo(42);
    }

    @Test
    void aProcessorThatNamesClassesOnlyIsPassedOver() throws IOException {
        write("preprocessor_config.json", "{'image_mean':0.25}");
        write("processor_config.json", "{'processor_class':'CLIPProcessor'}");
        assertThat(ImageConfig.read(folder).mean()).containsOnly(0.25);
    }

    @Test
    void settingsBesideTheNestedPlaceAreRefusedIfTheyWouldBeLost() throws IOException {
        write("processor_config.json", "{'image_mean':0.25,'processor_class':'CLIPProcessor'}");
        assertThatThrownBy(() -> ImageConfig.read(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("outside of 'image_processor'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'size':42,'crop_size':42}",
                "{'size':{'shortest_edge':42,'longest_edge':null},'crop_size':[42,42]}",
                "{'size':{'shortest_edge':42},'crop_size':42,'resample':'bicubic',"
                        + "'image_processor_type':'CLIPImageProcessorFast','do_pad':null,"
                        + "'data_format':'channels_first','device':null,'default_to_square':false}",
                "{'size':42,'crop_size':{'height':42,'width':42},"
                        + "'image_processor_type':'CLIPImageProcessorPil','do_convert_rgb':false}",
                "{'size':42,'crop_size':42,'feature_extractor_type':'CLIPFeatureExtractor'}"
            })
    void everyGenerationSpellsTheSame(String json) throws IOException {
        assertThat(nested(json)).isEqualTo(ImageConfig.square(42));
    }

    @Test
    void aSquareMayBeAskedFor() throws IOException {
        Resize square = new Resize.Exact(42, 42);
        assertThat(nested("{'size':42,'default_to_square':true,'crop_size':42}").resize())
                .isEqualTo(square);
        assertThat(nested("{'size':{'height':42,'width':42},'crop_size':42}").resize())
                .isEqualTo(square);
        assertThat(nested("{'use_square_size':true}").resize())
                .isEqualTo(new Resize.Exact(224, 224));
    }

    @Test
    void nullSwitchesAStepOff() throws IOException {
        assertThat(nested("{'do_resize':null}").resize()).isEqualTo(new Resize.Keep());
        assertThat(nested("{'do_normalize':null}").mean()).containsOnly(0.0);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'resample':2} | resample 2 (bilinear)",
                "{'resample':'lanczos'} | resample \"lanczos\" (lanczos)",
                "{'resample':null} | resample null",
                "{'do_pad':true} | do_pad true",
                "{'data_format':'channels_last'} | data_format \"channels_last\"",
                "{'size':{'shortest_edge':42,'longest_edge':64}} | longest_edge",
                "{'size':{'max_height':42,'max_width':64}} | max_height",
                "{'image_processor_type':'SiglipImageProcessor'} | SiglipImageProcessor",
                "{'image_processor_type':'ChineseCLIPImageProcessor'} | ChineseCLIPImageProcessor",
                "{'do_center_crop':false} | no center crop",
                "[] | processor_config.json"
            })
    void whatCannotBeHonoredIsRefusedByName(String json, String named) {
        assertThatThrownBy(() -> nested(json.replace('\'', '"')))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(named);
    }
}
