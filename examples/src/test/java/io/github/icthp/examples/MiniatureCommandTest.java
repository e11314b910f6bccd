package io.github.icthp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.icthp.ImageSource;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.examples.world.DrawnWorld;
import io.github.icthp.examples.world.Scene;
import io.github.icthp.train.data.Split;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

class MiniatureCommandTest {

    @TempDir Path folder;

    /** So few steps teach little, but what is packed is a pair of rewards. */
    @Test
    void packsThreeModelsAndGoesOnWhereItStopped() {
        Ran ran = train(5);
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.out())
                .containsPattern("validation: .* \\d\\.\\d{4}")
                .doesNotContain("{", "=");
        assertThat(ran.out())
                .contains("clip from step 0 of 15", "ict from step 0 of 2", "hp from step 0 of 2")
                .contains("packed in " + folder.resolve("miniature"));
        double score = score();
        assertThat(score).isBetween(-1.0, 1.0);

        Ran again = train(5);
        assertThat(again.exit()).as(again.err()).isZero();
        assertThat(again.out()).contains("clip from step 15 of 15", "hp from step 2 of 2");
        assertThat(score()).isEqualTo(score);

        Ran other = train(6);
        assertThat(other.exit()).isNotZero();
        assertThat(other.err()).contains("seed").doesNotContain("\tat ");
    }

    private Ran train(long seed) {
        return Ran.command(
                "miniature",
                "--out=" + folder,
                "--seed=" + seed,
                "--clip-steps=15",
                "--ict-steps=2",
                "--hp-steps=2",
                "--labeled=64",
                "--validation=4");
    }

    private double score() {
        Path packed = folder.resolve("miniature");
        Scene scene = DrawnWorld.seed(5).split(Split.TEST).scene(0);
        try (RewardModel rewards =
                RewardModel.combined()
                        .ict(packed.resolve("ICT"))
                        .hp(packed.resolve("HP"))
                        .base(packed.resolve("base"))
                        .build()) {
            return rewards.score(
                            new PromptImage(
                                    scene.easyPrompt(),
                                    ImageSource.of("picture", scene.preferred())))
                    .value();
        }
    }
}
