package io.github.icthp.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.icthp.examples.Ran;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.miniature.PretrainedFiles;
import io.github.icthp.examples.world.MiniatureConfig;
import io.github.icthp.training.RunListener;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

class DemoScratchTest {

    @TempDir Path folder;

    @Test
    void trainsAllModels() {
        DemoScratch scratch = new DemoScratch(folder, 3, new MiniatureConfig(15, 2, 2, 64, 4), 1);
        Path rewards = scratch.rewards(new RunListener() {});
        assertThat(rewards.resolve("base")).isDirectory();
        assertThat(rewards.resolve("ICT")).isDirectory();
        assertThat(rewards.resolve("HP")).isDirectory();
        Path diffusion = scratch.diffusion(new RunListener() {});
        assertThat(diffusion.resolve(PretrainedFiles.WEIGHTS)).isRegularFile();
    }

    @Test
    void rewardModelsAreEitherTrainedOrNamed() {
        Ran ran = Ran.command("demo", "--from-scratch", "--models=some", "--out=" + folder);
        assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(ran.err()).contains("--from-scratch trains the reward models");
    }
}
