package io.github.icthp.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.ImageSource;
import io.github.icthp.Precision;
import io.github.icthp.diffusion.adapter.Style;
import io.github.icthp.diffusion.adapter.StyleAdapter;
import io.github.icthp.diffusion.adapter.StyleScale;
import io.github.icthp.diffusion.model.Conditioning;
import io.github.icthp.diffusion.model.StyleTokens;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

class StyleGenerationTest {

    private static final Path AREA = Golden.sample("unet/ip_adapter");
    private static final ImageSource PICTURE =
            ImageSource.of(AREA.resolve("sd15_plain/image_0.png"));

    @TempDir static Path folder;
    private static DiffusionPipeline pipeline;
    private static StyleAdapter adapter;

    @BeforeAll
    static void open() {
        Path golden = Golden.sample("unet/pipelines/sd15_tiny/pipeline");
        pipeline =
                DiffusionPipeline.builder(Golden.unpack(golden, folder.resolve("sd15")))
                        .precision(Precision.FP32)
                        .build();
        adapter = StyleAdapter.open(AREA.resolve("repository/models/ip-adapter_sd15.bin"));
    }

    @AfterAll
    static void close() {
        pipeline.close();
    }

    private static GenerationRequest.Builder request(Style... styles) {
        GenerationRequest.Builder request =
                GenerationRequest.builder().prompt("a cat").steps(2).size(32, 24).seed(3);
        Stream.of(styles).forEach(request::style);
        return request;
    }

    /** The latents of all pictures after the last step. */
    private static float[] latents(GenerationRequest.Builder request) {
        List<float[]> last = new ArrayList<>();
        pipeline.generate(
                request.build(),
                progress -> {
                    if (progress.step() == progress.steps()) {
                        last.add(Tensors.toFloats(progress.latents()));
                    }
                });
        return last.get(0);
    }

    @Test
    void scaleZeroAndOffAreNoStyle() {
        float[] plain = latents(request());
        Style style = adapter.with(PICTURE);
        assertThat(latents(request(style.scaled(0)))).isEqualTo(plain);
        float[] off = adapter.off(() -> latents(request(style)));
        assertThat(off).isEqualTo(plain);
        assertThat(adapter.isOff()).isFalse();
        assertThat(latents(request(style))).isNotEqualTo(plain);
    }

    @Test
    void onlyNamedBlocksReadThePicture() {
        Style style = adapter.with(PICTURE);
        StyleScale one = StyleScale.parse("up.block_1.0", 1);
        float[] some = latents(request(style.scaled(one)));
        assertThat(some).isNotEqualTo(latents(request()));
        assertThat(some).isNotEqualTo(latents(request(style)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> latents(request(style.scaled(StyleScale.style(1)))))
                .withMessageContaining("no attention to text at up.block_0.1");
    }

    @Test
    void severalAdaptersAddUp() {
        Style half = adapter.with(PICTURE).scaled(0.5);
        Expected.assertClose(
                "two halves",
                latents(request(half, half)),
                latents(request(adapter.with(PICTURE))),
                1e-4);
    }

    @Test
    void aPictureTwiceIsThePicture() {
        Expected.assertClose(
                "twice",
                latents(request(adapter.with(PICTURE, PICTURE))),
                latents(request(adapter.with(PICTURE))),
                1e-4);
    }

    @Test
    void worksWithoutGuidanceAndForAPixel() {
        BufferedImage pixel = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
        Style style = adapter.with(ImageSource.of("pixel", pixel));
        float[] plain = latents(request().guidance(1));
        float[] styled = latents(request(style).guidance(1));
        assertThat(styled).isNotEqualTo(plain);
        for (float value : styled) {
            assertThat(value).isFinite();
        }
    }

    @Test
    void aBatchIsItsPictures() {
        Style style = adapter.with(PICTURE);
        float[] both = latents(request(style).prompt("a red fox"));
        int half = both.length / 2;
        Expected.assertClose("first", Arrays.copyOf(both, half), latents(request(style)), 1e-4);
    }

    @Test
    void picturesSayTheirStyle() {
        Path file = folder.resolve("styled.png");
        pipeline.generate(request(adapter.with(PICTURE).scaled(0.5)).build()).get(0).write(file);
        assertThat(GeneratedImage.readRequest(file).notes().get("styles"))
                .contains("ip-adapter_sd15.bin", "image_encoder", "image_0.png", "all=0.5");
        adapter.off(
                () -> {
                    pipeline.generate(request(adapter.with(PICTURE)).build()).get(0).write(file);
                    return file;
                });
        assertThat(GeneratedImage.readRequest(file).notes()).isEmpty();
    }

    @Test
    void refusedByModelsThatReadNone() {
        try (DiffusionPipeline sd3 = DiffusionPipeline.miniature()) {
            GenerationRequest request =
                    GenerationRequest.builder()
                            .prompt("a red star")
                            .steps(1)
                            .style(adapter.with(PICTURE))
                            .build();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> sd3.generate(request))
                    .withMessageContaining("style adapters are for SD1.5, SD2 and SDXL");
            TensorScope.run(
                    Device.cpu(),
                    () -> {
                        NDArray tokens = Tensors.of(new float[6], 1, 2, 3);
                        Conditioning told =
                                sd3.encode(List.of("a red star"))
                                        .withStyles(List.of(new StyleTokens(tokens, Map.of())));
                        assertThatIllegalArgumentException()
                                .isThrownBy(() -> sd3.transformer().prepare(told, 1f))
                                .withMessageContaining(
                                        "Sd3Transformer reads no reference pictures");
                    });
        }
    }
}
