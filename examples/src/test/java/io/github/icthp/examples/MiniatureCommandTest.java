package io.github.icthp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.icthp.ImageSource;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.train.data.Split;
import io.github.icthp.train.world.DrawnWorld;
import io.github.icthp.train.world.Scene;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class MiniatureCommandTest {

    @TempDir Path folder;

    /** Two steps teach nothing, but what is packed is a pair of rewards. */
    @Test
    void packsThreeModelsAndGoesOnWhereItStopped() {
        Ran ran = train("--clip-steps=2", "--seed=5");
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.out())
                .contains("clip from step 0 of 2", "ict from step 0 of 2", "hp from step 0 of 2")
                .contains("packed in " + folder.resolve("miniature"));
        double score = score();
        assertThat(score).isBetween(-1.0, 1.0);

        Ran again = train("--clip-steps=2", "--seed=5");
        assertThat(again.exit()).as(again.err()).isZero();
        assertThat(again.out()).contains("clip from step 2 of 2", "hp from step 2 of 2");
        assertThat(score()).isEqualTo(score);
    }

    @Test
    void saysThatAFolderHoldsAnotherRun() {
        assertThat(train("--clip-steps=2", "--seed=5").exit()).isZero();
        Ran other = train("--clip-steps=2", "--seed=6");
        assertThat(other.exit()).isNotZero();
        assertThat(other.err()).contains("seed").doesNotContain("\tat ");
    }

    private Ran train(String... options) {
        List<String> line =
                new ArrayList<>(
                        List.of(
                                "miniature",
                                "--out=" + folder,
                                "--ict-steps=2",
                                "--hp-steps=2",
                                "--labelled=64",
                                "--validation=4"));
        line.addAll(List.of(options));
        return Ran.command(line.toArray(String[]::new));
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
