package io.github.icthp.examples.world;

import io.github.icthp.clip.Activation;
import io.github.icthp.clip.ClipConfig;
import io.github.icthp.clip.EncoderConfig;
import io.github.icthp.train.ClipTrainerConfig;
import io.github.icthp.train.HpConfig;
import io.github.icthp.train.HpScope;
import io.github.icthp.train.IctConfig;
import io.github.icthp.training.LrSchedule;

/**
 * How long the miniature models are trained and on how much; everything else is fixed.
 *
 * @param clipSteps steps of CLIP, of 128 pairs
 * @param ictSteps steps of ICT, of 32 triplets
 * @param hpSteps steps of HP, of 32 triplets
 * @param labelled triplets that ICT is trained on
 * @param validation triplets that checkpoints are chosen by
 */
public record MiniatureConfig(
        long clipSteps, long ictSteps, long hpSteps, int labelled, int validation) {

    /** The side of images. */
    static final int SIDE = 48;

    private static final int WIDTH = 96;
    private static final int LAYERS = 3;
    private static final int PATCH = 8;
    private static final int POSITIONS = 32;
    static final int PAIRS = 128;
    private static final int TRIPLETS = 32;

    /**
     * Returns the sizes that the weights of this library were made with.
     *
     * @return the settings
     */
    public static MiniatureConfig shipped() {
        return new MiniatureConfig(700, 400, 200, 4000, 300);
    }

    /** The towers' shape: 0.7 million parameters. */
    static ClipConfig clip(int vocabulary) {
        EncoderConfig tower =
                new EncoderConfig(WIDTH, 4 * WIDTH, LAYERS, WIDTH / 32, Activation.GELU, 1e-5);
        return new ClipConfig(
                tower, vocabulary, POSITIONS, vocabulary - 1, tower, SIDE, PATCH, WIDTH);
    }

    static int positions() {
        return POSITIONS;
    }

    ClipTrainerConfig clipTraining() {
        return ClipTrainerConfig.ofDefaults()
                .withSteps(clipSteps)
                .withBatches(PAIRS, 1)
                .withSchedule(LrSchedule.cosine(1.5e-3, Math.min(100, clipSteps / 4), clipSteps));
    }

    IctConfig ictTraining() {
        return IctConfig.paper()
                .withSteps(ictSteps)
                .withBatches(TRIPLETS, 1)
                .withSchedule(LrSchedule.cosine(5e-4, Math.min(50, ictSteps / 4), ictSteps));
    }

    HpConfig hpTraining() {
        return HpConfig.paper()
                .withSteps(hpSteps)
                .withHiddenWidth(WIDTH)
                .withScope(HpScope.VISION_TOWER)
                .withBatches(TRIPLETS, 1)
                .withSchedule(LrSchedule.cosine(5e-4, Math.min(50, hpSteps / 4), hpSteps));
    }
}
