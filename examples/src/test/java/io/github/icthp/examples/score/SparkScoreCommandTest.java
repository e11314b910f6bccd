package io.github.icthp.examples.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.icthp.examples.Ran;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.options.RewardSpec;

import org.junit.jupiter.api.Test;

/** Spark is not on this module's class path, as it is not in the jar. */
class SparkScoreCommandTest {

    private static final String MINIATURE = "ict-hp=ict=miniature:ict,hp=miniature:hp";

    @Test
    void saysHowItIsStartedWhereThereIsNoSpark() {
        Ran ran =
                Ran.command(
                        "spark-score", "--reward", MINIATURE, "--input", "in", "--output", "out");
        assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(ran.err())
                .contains("spark-score runs inside Spark")
                .contains("spark-submit --jars")
                .hasLineCount(1);
    }

    @Test
    void needsATableAndAReward() {
        assertThat(Ran.command("spark-score", "--reward", MINIATURE, "--input", "in").err())
                .contains("--output");
        Ran none = Ran.command("spark-score", "--input", "in", "--output", "out");
        assertThat(none.exit()).isEqualTo(ExitCode.USAGE);
        assertThat(none.err()).contains("name at least one --reward");
        assertThat(
                        Ran.command(
                                        "spark-score",
                                        "--reward",
                                        "nothing=x",
                                        "--input",
                                        "in",
                                        "--output",
                                        "out")
                                .err())
                .contains("'nothing=x'");
    }

    @Test
    void namesTheModelsThatComeAlong() {
        RewardSpec spec = RewardSpec.parse(MINIATURE);
        assertThat(spec.weight()).isEmpty();
        assertThat(spec.parts())
                .containsEntry("ict", "miniature:ict")
                .containsEntry("hp", "miniature:hp");
    }
}
