package io.github.icthp.examples.world;

import io.github.icthp.clip.ClipConfig;
import io.github.icthp.train.ClipTrainerConfig;
import io.github.icthp.train.HpConfig;
import io.github.icthp.train.HpScope;
import io.github.icthp.train.IctConfig;
import io.github.icthp.train.loss.IctLoss;
import io.github.icthp.training.LrSchedule;
import io.github.icthp.training.OptimizerConfig;

/**
 * How long the miniature models are trained and on how much; everything else is fixed.
 *
 * @param clipSteps steps of CLIP, of 128 pairs
 * @param ictSteps steps of ICT, of 32 triplets
 * @param hpSteps steps of HP, of 32 triplets
 * @param labeled triplets that ICT is trained on
 * @param validation triplets that checkpoints are chosen by
 */
public record MiniatureConfig(
        long clipSteps, long ictSteps, long hpSteps, int labeled, int validation) {

    /** The side of images. */
    static final int SIDE = 48;

    private static final int WIDTH = 96;
    private static final int LAYERS = 3;
    private static final int PATCH = 8;
    private static final int POSITIONS = 32;
    static final int PAIRS = 128;
    private static final int TRIPLETS = 32;

    /** λ, less than the paper's 0.1: prompts of one batch share most of their words here. */
    private static final double NEGATIVES = 0.02;

    private static final double ALPHA = 20;
    private static final double BETA = 6;

    /**
     * Returns the sizes that the weights of this library were made with.
     *
     * @return the settings
     */
    public static MiniatureConfig shipped() {
        return new MiniatureConfig(700, 300, 200, 3200, 300);
    }

    /** The towers' shape: 0.7 million parameters. */
    static ClipConfig clip(int vocabulary) {
        return ClipConfig.from(ClipConfig.vitH14())
                .towers(WIDTH, LAYERS, WIDTH / 32)
                .vocabulary(vocabulary, vocabulary - 1)
                .positions(POSITIONS)
                .images(SIDE, PATCH)
                .build();
    }

    static int positions() {
        return POSITIONS;
    }

    ClipTrainerConfig clipTraining() {
        return ClipTrainerConfig.ofDefaults()
                .withOptimizer(o -> cosine(o.batchSize(PAIRS), clipSteps, 1.5e-3, 100));
    }

    IctConfig ictTraining() {
        return IctConfig.paper()
                .withLoss(new IctLoss(NEGATIVES, ALPHA, BETA, false))
                .withOptimizer(o -> cosine(o.batchSize(TRIPLETS), ictSteps, 5e-4, 50));
    }

    HpConfig hpTraining() {
        return HpConfig.paper()
                .withHiddenWidth(WIDTH)
                .withScope(HpScope.VISION_TOWER)
                .withOptimizer(o -> cosine(o.batchSize(TRIPLETS), hpSteps, 5e-4, 50));
    }

    private static OptimizerConfig.Builder cosine(
            OptimizerConfig.Builder optimizer, long steps, double rate, long warmUp) {
        return optimizer
                .steps(steps)
                .schedule(LrSchedule.cosine(rate, Math.min(warmUp, steps / 4), steps));
    }
}
