package io.github.icthp.examples.miniature;

import io.github.icthp.diffusion.Miniature;
import io.github.icthp.examples.pretraining.CaptionedPicture;
import io.github.icthp.examples.pretraining.CaptionedPictures;
import io.github.icthp.examples.world.DrawnWorld;
import io.github.icthp.examples.world.Scene;
import io.github.icthp.examples.world.WorldSplit;
import io.github.icthp.train.data.Split;

import java.util.Locale;

/**
 * What the miniature diffusion model learns from: scenes of one thing with their easy prompts, most
 * of them plain, some rich, some botched or wrong, so that there is much for a reward to improve.
 */
public final class WorldPictures implements CaptionedPictures {

    /** Scenes that are looked through for each picture; two in three show several things. */
    private static final int CANDIDATES = 64;

    private static final int KINDS = 20;
    private static final int PLAIN = 11;
    private static final int RICH = 7;

    private final WorldSplit scenes;

    public WorldPictures(long seed, Split split) {
        this.scenes = DrawnWorld.seed(seed).side(Miniature.SIDE).faultless().split(split);
    }

    @Override
    public CaptionedPicture get(long number) {
        Scene scene = scene(number);
        int kind = (int) Math.floorMod(scene.seed(), (long) KINDS);
        return new CaptionedPicture(
                scene.easyPrompt(),
                kind < PLAIN
                        ? scene.preferred()
                        : kind < PLAIN + RICH ? scene.refined() : scene.rejected());
    }

    /** The scene of a picture: the first of its candidates that shows one thing. */
    public Scene scene(long number) {
        for (int i = 0; i < CANDIDATES; i++) {
            Scene scene = scenes.scene(number * CANDIDATES + i);
            if (scene.content().things().size() == 1
                    && scene.content().things().get(0).count() == 1) {
                return scene;
            }
        }
        throw new IllegalStateException(
                String.format(
                        Locale.ROOT,
                        "WorldPictures: no scene of one thing among %d from number %d",
                        CANDIDATES,
                        number * CANDIDATES));
    }
}
