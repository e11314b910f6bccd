package io.github.icthp.train;

import io.github.icthp.ImageSource;
import io.github.icthp.clip.Activation;
import io.github.icthp.clip.ClipConfig;
import io.github.icthp.clip.EncoderConfig;
import io.github.icthp.clip.FreshClip;
import io.github.icthp.testing.Devices;
import io.github.icthp.train.data.IctTargets;
import io.github.icthp.train.data.PreferenceDataset;
import io.github.icthp.train.data.PreferenceTriplet;
import io.github.icthp.train.data.TripletImages;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A tiny CLIP, and triplets of one color: the better, the brighter. */
final class TinyRun {

    private static final ClipConfig CONFIG =
            new ClipConfig(
                    new EncoderConfig(16, 32, 2, 2, Activation.QUICK_GELU, 1e-5),
                    49408,
                    16,
                    49407,
                    new EncoderConfig(16, 32, 2, 2, Activation.QUICK_GELU, 1e-5),
                    16,
                    8,
                    16);

    private TinyRun() {}

    static Path base(Path folder) {
        FreshClip.write(CONFIG, 1, folder);
        return folder;
    }

    static IctTrainerBuilder ict(Path base, Path output, long steps) {
        return Trainers.ict()
                .base(base)
                .data(new Colors(10, 0))
                .output(output)
                .devices(Devices.tested())
                .seed(5)
                .decodingThreads(1)
                .config(
                        IctConfig.paper()
                                .withOptimizer(
                                        o ->
                                                o.steps(steps)
                                                        .learningRate(3e-3)
                                                        .batchSize(2)
                                                        .accumulation(2)));
    }

    static HpTrainerBuilder hp(Path base, Path output, long steps) {
        return Trainers.hp()
                .base(base)
                .data(new Colors(10, 0))
                .output(output)
                .devices(Devices.tested())
                .seed(5)
                .decodingThreads(1)
                .config(hpConfig(steps));
    }

    static HpConfig hpConfig(long steps) {
        return HpConfig.paper()
                .withOptimizer(o -> o.steps(steps).learningRate(1e-2).batchSize(4))
                .withHiddenWidth(32)
                .withScope(HpScope.VISION_TOWER);
    }

    /** Triplets of one color; a row named as broken has a picture that cannot be read. */
    record Colors(long rows, long first, Optional<Long> broken) implements PreferenceDataset {

        private static final List<Color> COLORS = List.of(Color.RED, Color.GREEN, Color.BLUE);

        Colors(long rows, long first) {
            this(rows, first, Optional.empty());
        }

        @Override
        public OptionalLong size() {
            return OptionalLong.of(rows);
        }

        @Override
        public PreferenceTriplet get(long row) {
            int index = (int) ((first + row) % COLORS.size());
            String prompt = List.of("red", "green", "blue").get(index);
            TripletImages images =
                    new TripletImages(picture(row, 0), picture(row, 1), picture(row, 2));
            return new PreferenceTriplet(row, prompt, "a bright " + prompt + " square", images)
                    .withTargets(new IctTargets(0.3, 0.6, 0.2, 0.5));
        }

        private ImageSource picture(long row, int rank) {
            if (broken.equals(Optional.of(row))) {
                return ImageSource.of("broken", new byte[] {1, 2, 3});
            }
            int index = (int) ((first + row) % COLORS.size());
            BufferedImage picture = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
            Graphics2D g = picture.createGraphics();
            Color color = COLORS.get(index);
            for (int i = rank; i < 2; i++) {
                color = color.darker().darker();
            }
            g.setColor(color);
            g.fillRect(0, 0, 16, 16);
            g.dispose();
            return ImageSource.of("row " + row + " rank " + rank, picture);
        }

        @Override
        public String fingerprint() {
            return "colors " + first + ", " + rows;
        }

        @Override
        public void close() {}
    }
}
