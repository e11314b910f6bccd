package io.github.icthp.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class FlowMatchSchedulerTest {

    @TempDir Path folder;

    @Test
    void sd3ShiftsTwice() {
        FlowMatchSchedule schedule =
                new FlowMatchEulerScheduler(FlowMatchConfig.sd3()).betweenTrainingEnds(8, 4096);
        assertThat(schedule.timesteps()[0]).isEqualTo(1000f);
        assertThat(schedule.timesteps()[7]).isCloseTo(8.93f, within(0.005f));
        assertThat(schedule.delta(7)).isCloseTo(-0.0089f, within(5e-5f));
    }

    @Test
    void schnellGoesInEvenSteps() {
        FlowMatchSchedule schedule =
                new FlowMatchEulerScheduler(FlowMatchConfig.fluxSchnell()).fromOne(4, 4096);
        assertThat(schedule.steps()).isEqualTo(4);
        assertThat(schedule.sigmas()).containsExactly(1, 0.75f, 0.5f, 0.25f, 0);
        assertThat(schedule.sigma(750)).isEqualTo(0.75f);
        assertThatThrownBy(() -> schedule.sigma(751))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("750.0")
                .hasMessageContaining("got 751.0");
    }

    @Test
    void devShiftsMoreForLargerPictures() {
        FlowMatchEulerScheduler scheduler = new FlowMatchEulerScheduler(FlowMatchConfig.fluxDev());
        float small = scheduler.fromOne(4, 256).sigmas()[2];
        float large = scheduler.fromOne(4, 4096).sigmas()[2];
        assertThat(large).isGreaterThan(small);
        assertThat(FlowMatchConfig.fluxDev().mu(4096)).isCloseTo(1.15, within(1e-12));
    }

    @Test
    void saysWhatItCannotDo() throws IOException {
        assertThatThrownBy(
                        () ->
                                new FlowMatchEulerScheduler(FlowMatchConfig.sd3())
                                        .betweenTrainingEnds(0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 1 step, got 0");
        Path file = folder.resolve("scheduler_config.json");
        Files.writeString(file, "{\"use_karras_sigmas\": true}");
        assertThatThrownBy(() -> FlowMatchConfig.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("use_karras_sigmas is not supported");
    }
}
