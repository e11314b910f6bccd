package io.github.icthp;

import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Golden;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** The tiny golden reward model and pictures to score with it. */
final class TinyReward {

    private TinyReward() {}

    static RewardModel open(Path temporary) {
        Path folder = Golden.unpack(Golden.area("reward/tiny"), temporary.resolve("tiny"));
        return RewardModel.combined()
                .ict(folder)
                .hp(folder)
                .device(Devices.tested())
                .precision(Precision.FP32)
                .build();
    }

    /** Pictures of noise, and as many prompts as a third of them. */
    static List<PromptImage> pairs(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new PromptImage("prompt " + i / 3, noise(i)))
                .toList();
    }

    private static ImageSource noise(int seed) {
        BufferedImage picture = new BufferedImage(50, 60, BufferedImage.TYPE_INT_RGB);
        SplittableRandom random = new SplittableRandom(seed);
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                picture.setRGB(x, y, random.nextInt(1 << 24));
            }
        }
        return ImageSource.of("noise " + seed, picture);
    }
}
