package io.github.icthp.examples.miniature;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import io.github.icthp.ImageSource;
import io.github.icthp.Miniature;
import io.github.icthp.PromptImage;
import io.github.icthp.RewardModel;
import io.github.icthp.examples.Ran;
import io.github.icthp.examples.world.DrawnWorld;
import io.github.icthp.examples.world.Scene;
import io.github.icthp.train.data.Split;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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

    @Test
    void beginsWithAClipThatWasPackedBefore() throws IOException {
        Path base = Miniature.clip();
        Ran other = train(folder, 6, "--clip=" + base);
        assertThat(other.exit()).as(other.err()).isZero();
        assertThat(other.out()).doesNotContain("clip from step").contains("ict from step 0 of 2");
        Path taken = folder.resolve("miniature");
        assertThat(taken.resolve("base/model.safetensors"))
                .hasSameBinaryContentAs(base.resolve("model.safetensors"));
        assertThat(taken.resolve("ICT/model.safetensors")).isRegularFile();
        JsonObject record =
                JsonParser.parseString(Files.readString(taken.resolve("base/record.json")))
                        .getAsJsonObject();
        assertThat(record.getAsJsonObject("clip").get("seed").getAsLong()).isEqualTo(1);
        assertThat(record.getAsJsonObject("ict").get("seed").getAsLong()).isEqualTo(6);
    }

    private Ran train(long seed) {
        return train(folder, seed);
    }

    private static Ran train(Path out, long seed, String... more) {
        List<String> arguments = new ArrayList<>(List.of(more));
        arguments.addAll(
                0,
                List.of(
                        "miniature",
                        "--out=" + out,
                        "--seed=" + seed,
                        "--clip-steps=15",
                        "--ict-steps=2",
                        "--hp-steps=2",
                        "--labeled=64",
                        "--validation=4"));
        return Ran.command(arguments.toArray(String[]::new));
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
