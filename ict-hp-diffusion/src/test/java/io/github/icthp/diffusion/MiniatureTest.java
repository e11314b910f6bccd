package io.github.icthp.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

class MiniatureTest {

    @Test
    void paintsTheColorThatIsNamed() {
        try (DiffusionPipeline pipeline = DiffusionPipeline.miniature()) {
            List<String> prompts = List.of("a large red circle", "a large blue circle");
            double[] warmth = new double[prompts.size()];
            List<GeneratedImage> images = pipeline.generate(request(prompts));
            for (int i = 0; i < images.size(); i++) {
                warmth[i % prompts.size()] += warmth(images.get(i).image());
            }
            assertThat(warmth[0]).isGreaterThan(warmth[1] + 0.1);
        }
    }

    @Test
    void makesTheSamePictureOfTheSameSeed() {
        try (DiffusionPipeline pipeline = DiffusionPipeline.miniature()) {
            List<String> prompt = List.of("a green star");
            BufferedImage first = pipeline.generate(request(prompt)).get(0).image();
            BufferedImage again = pipeline.generate(request(prompt)).get(0).image();
            assertThat(first.getWidth()).isEqualTo(Miniature.SIDE);
            assertThat(pixels(again)).isEqualTo(pixels(first));
        }
    }

    private static GenerationRequest request(List<String> prompts) {
        return GenerationRequest.builder()
                .prompt(prompts.toArray(String[]::new))
                .steps(Miniature.STEPS)
                .seed(3)
                .build();
    }

    /** How much redder than blue the picture is, mostly in its middle. */
    private static double warmth(BufferedImage image) {
        double sum = 0;
        List<Integer> middle = new ArrayList<>();
        for (int y = 12; y < 20; y++) {
            for (int x = 12; x < 20; x++) {
                middle.add(image.getRGB(x, y));
            }
        }
        for (int pixel : middle) {
            sum += ((pixel >> 16 & 0xFF) - (pixel & 0xFF)) / 255.0;
        }
        return sum / middle.size();
    }

    private static int[] pixels(BufferedImage image) {
        int side = image.getWidth();
        return image.getRGB(0, 0, side, side, null, 0, side);
    }
}
