package io.github.icthp.examples.world;

import io.github.icthp.Precision;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardScore;
import io.github.icthp.clip.FreshClip;
import io.github.icthp.image.ImageConfig;
import io.github.icthp.image.ImageProcessor;
import io.github.icthp.tokenizer.FreshTokenizer;
import io.github.icthp.train.ClipTrainerBuilder;
import io.github.icthp.train.TrainerBuilder;
import io.github.icthp.train.Trainers;
import io.github.icthp.train.data.ClipPixelReader;
import io.github.icthp.train.data.ClipScores;
import io.github.icthp.train.data.IctLabels;
import io.github.icthp.train.data.IctTargets;
import io.github.icthp.train.data.PixelReader;
import io.github.icthp.train.data.PreferenceTriplet;
import io.github.icthp.train.data.RewardClipScorer;
import io.github.icthp.train.data.Split;
import io.github.icthp.training.RunListener;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Trains a CLIP, ICT and HP from random weights on a drawn world, by the same trainers that train
 * the real ones. Each of the three goes on from where it was interrupted.
 */
public final class MiniatureTraining {

    /**
     * The share of aligned pairs whose CLIP score may lie below θ. Near 0, as in equation 16,
     * nearly every plain picture has more than θ: then E2 and E3 are both 1, and ICT keeps CLIP's
     * taste for plain pictures.
     */
    private static final double QUANTILE = 0.985;

    private static final int LABELED_AT_ONCE = 100;

    private final Path folder;
    private final long seed;
    private final MiniatureConfig config;
    private final DrawnWorld world;
    private final RunListener listener;

    /**
     * Prepares a training.
     *
     * @param folder where to: {@code fresh}, {@code clip}, {@code ict} and {@code hp} below it
     * @param seed of weights, of the order and of the world
     * @param config how long
     * @param listener hears what the runs do
     */
    public MiniatureTraining(Path folder, long seed, MiniatureConfig config, RunListener listener) {
        this.folder = folder;
        this.seed = seed;
        this.config = config;
        this.world = DrawnWorld.seed(seed).side(MiniatureConfig.SIDE);
        this.listener = listener;
    }

    /**
     * Trains the plain CLIP.
     *
     * @return the folder of its weights
     */
    public Path clip() {
        return clipTrainer().train().last();
    }

    ClipTrainerBuilder clipTrainer() {
        Path fresh = folder.resolve("fresh");
        int vocabulary =
                FreshTokenizer.write(WorldLanguage.words(), MiniatureConfig.positions(), fresh);
        FreshClip.write(MiniatureConfig.clip(vocabulary), seed, fresh);
        return run(Trainers.clip().config(config.clipTraining()), fresh, "clip")
                .data(pretrainingWorld())
                .validation(world.faultless().split(Split.VAL), config.validation());
    }

    /** Prepares pictures as all three models read them. */
    static PixelReader reader() {
        return new ClipPixelReader(ImageProcessor.of(ImageConfig.square(MiniatureConfig.SIDE)));
    }

    /** What CLIP and HP learn from. */
    WorldSplit pretrainingWorld() {
        return world.faultless().split(Split.TRAIN);
    }

    private WorldSplit trainingWorld() {
        return world.split(Split.TRAIN);
    }

    /**
     * Labels triplets by the plain CLIP and trains ICT from it.
     *
     * @param clip the folder of {@link #clip}
     * @return the folder of its weights
     */
    public Path ict(Path clip) {
        return run(Trainers.ict().config(config.ictTraining()), clip, "ict")
                .data(labeled(clip))
                .train()
                .last();
    }

    /**
     * Trains HP from the plain CLIP, on the faultless world: HP sees no prompt, so whether a plain
     * picture misses a detail of one is nothing that it could learn.
     *
     * @param clip the folder of {@link #clip}
     * @return the folder of its weights
     */
    public Path hp(Path clip) {
        return run(Trainers.hp().config(config.hpTraining()), clip, "hp")
                .data(pretrainingWorld())
                .validation(world.faultless().split(Split.VAL), config.validation())
                .train()
                .last();
    }

    /**
     * Trains all three and packs them as this library ships them. ICT and HP begin with CLIP as it
     * is packed, so that they can be trained again from what ships.
     *
     * @return the folder of the packed models
     */
    public Path all() {
        clip();
        Path packed = folder.resolve("miniature");
        MiniatureFiles.packClip(folder.resolve("clip"), packed);
        return rewards(packed);
    }

    /**
     * Trains ICT and HP from a CLIP that was packed before, and packs all three.
     *
     * @param clip the folder {@code base} of packed models
     * @return the folder of the packed models
     */
    public Path allFrom(Path clip) {
        Path packed = folder.resolve("miniature");
        MiniatureFiles.takeClip(clip, packed);
        return rewards(packed);
    }

    private Path rewards(Path packed) {
        Path base = packed.resolve(MiniatureFiles.BASE);
        ict(base);
        hp(base);
        MiniatureFiles.packRewards(folder, packed);
        return packed;
    }

    private <B extends TrainerBuilder<B>> B run(B trainer, Path base, String name) {
        return trainer.base(base)
                .validation(world.split(Split.VAL), config.validation())
                .output(folder.resolve(name))
                .listener(listener)
                .decodingThreads(1)
                .saveEvery(250)
                .keep(1)
                .resume(true)
                .seed(seed);
    }

    private LabeledDataset labeled(Path clip) {
        try (RewardModel base =
                RewardModel.ict().ict(clip).precision(Precision.FP32).batch(64).build()) {
            List<PreferenceTriplet> triplets =
                    trainingWorld().first(config.labeled()).stream(0).toList();
            List<ClipScores> scores = new ArrayList<>();
            for (int i = 0; i < triplets.size(); i += LABELED_AT_ONCE) {
                int end = Math.min(triplets.size(), i + LABELED_AT_ONCE);
                scores.addAll(new RewardClipScorer(base).score(triplets.subList(i, end)));
            }
            IctLabels labels = theta(base, triplets);
            List<IctTargets> targets =
                    scores.stream().map(labels::targets).map(IctTargets::clamped).toList();
            return new LabeledDataset(trainingWorld(), targets, labels.theta());
        }
    }

    /** θ by equation 16: from the scores of refined pictures with their easy prompts. */
    private static IctLabels theta(RewardModel base, List<PreferenceTriplet> triplets) {
        Stream<PromptImage> aligned =
                triplets.stream()
                        .limit(1000)
                        .map(t -> new PromptImage(t.easyPrompt(), t.images().refined()));
        try (Stream<RewardScore> scores = base.scoreAll(aligned)) {
            return IctLabels.estimate(scores.mapToDouble(RewardScore::ict), QUANTILE);
        }
    }
}
