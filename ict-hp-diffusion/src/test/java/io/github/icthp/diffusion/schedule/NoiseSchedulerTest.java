package io.github.icthp.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.schedule.DenoisingSchedule.Visit;
import io.github.icthp.diffusion.schedule.NoiseScheduler.Method;
import io.github.icthp.diffusion.schedule.NoiseScheduler.Spacing;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class NoiseSchedulerTest {

    /** As SD1.5 is published: PNDM's file, without spacing. */
    private static final String PUBLISHED =
            "\"_class_name\": \"PNDMScheduler\", \"beta_start\": 0.00085, \"beta_end\": 0.012,"
                    + " \"beta_schedule\": \"scaled_linear\", \"steps_offset\": 1,"
                    + " \"set_alpha_to_one\": false, \"skip_prk_steps\": true, \"clip_sample\": false";

    @TempDir Path folder;

    private Path file(String more) throws IOException {
        Path file = folder.resolve("scheduler_config.json");
        return Files.writeString(file, "{" + PUBLISHED + more + "}");
    }

    @Test
    void readsWhatTheFileNames() throws IOException {
        NoiseScheduler read = NoiseScheduler.read(file(""));
        assertThat(read.noise()).isEqualTo(NoiseConfig.sd15());
        assertThat(read.method()).isEqualTo(Method.PNDM);
        assertThat(read.alphaToOne()).isFalse();
        assertThat(read.schedule(5).timesteps()).containsExactly(801, 601, 601, 401, 201, 1);
    }

    /** What the file leaves out is the chosen method's default, not that of the file's. */
    @ParameterizedTest
    @CsvSource({
        "ddim, DDIM, LEADING, false",
        "Euler, EULER, LINSPACE, false",
        "euler_karras, EULER, LINSPACE, true",
        "EULER_ANCESTRAL, EULER_ANCESTRAL, LINSPACE, false",
        "dpm_2m, DPM_2M, LINSPACE, false",
        "dpm_2m_sde_karras, DPM_2M_SDE, LINSPACE, true"
    })
    void takesAnotherMethodByName(String name, Method method, Spacing spacing, boolean karras)
            throws IOException {
        NoiseScheduler read = NoiseScheduler.read(file(""), name);
        assertThat(read.method()).isEqualTo(method);
        assertThat(read.spacing()).isEqualTo(spacing);
        assertThat(read.karras()).isEqualTo(karras);
    }

    @Test
    void readsStochasticDpmSolver() throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("scheduler_config.json"),
                        "{\"_class_name\": \"DPMSolverMultistepScheduler\", \"algorithm_type\":"
                                + " \"sde-dpmsolver++\", \"timestep_spacing\": \"trailing\"}");
        NoiseScheduler read = NoiseScheduler.read(file);
        assertThat(read.method()).isEqualTo(Method.DPM_2M_SDE);
        assertThat(read.schedule(4).addsNoise()).isTrue();
        assertThat(read.schedule(4).timesteps()).containsExactly(999, 749, 499, 249);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"prediction_type\": \"sample\" | ddim | prediction_type sample is not supported",
                "\"thresholding\": true | euler | thresholding true is not supported",
                "\"use_beta_sigmas\": true | dpm_2m | use_beta_sigmas true is not supported",
                "\"solver_order\": 3 | dpm_2m | solver_order 2",
                "\"solver_type\": \"heun\" | dpm_2m_sde | solver_type heun is not supported",
                "\"final_sigmas_type\": \"sigma_min\" | euler | final_sigmas_type sigma_min",
                "\"rescale_betas_zero_snr\": true | ddim | expected prediction_type v_prediction",
                "\"timestep_spacing\": \"even\" | pndm | timestep_spacing even is not supported",
                "\"beta_start\": 0.5 | ddim | 0 < betaStart <= betaEnd < 1",
                "\"trained_betas\": [0.1] | ddim | trained_betas are not supported"
            })
    void saysWhatItCannotDo(String more, String name, String message) throws IOException {
        Path file = file(", " + more);
        assertThatThrownBy(() -> NoiseScheduler.read(file, name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void saysWhichSamplersThereAre() throws IOException {
        Path file = file("");
        assertThatThrownBy(() -> NoiseScheduler.read(file, "heun"))
                .hasMessageContaining("EULER_ANCESTRAL")
                .hasMessageContaining("got 'heun'");
        assertThatThrownBy(() -> NoiseScheduler.read(file, "ddim_karras"))
                .hasMessageContaining("DDIM has no Karras noise levels");
        assertThatThrownBy(() -> NoiseScheduler.read(file, "euler").withEta(0.5))
                .hasMessageContaining("eta must be 0, or in 0..1 for DDIM, got 0.5 for EULER");
        assertThatThrownBy(() -> NoiseScheduler.read(file, "euler").schedule(1000))
                .hasMessageContaining("expected 1..999 steps, got 1000");
        Path other =
                Files.writeString(
                        folder.resolve("other.json"), "{\"_class_name\": \"LCMScheduler\"}");
        assertThatThrownBy(() -> NoiseScheduler.read(other))
                .hasMessageContaining("got 'LCMScheduler'");
    }

    /** A perfect network's noise takes any method that ends without noise back to the picture. */
    @ParameterizedTest
    @CsvSource({"euler", "euler_karras", "euler_ancestral", "dpm_2m", "dpm_2m_karras"})
    void perfectPredictionsLeadToThePicture(String name) throws IOException {
        NoiseSchedule schedule = NoiseScheduler.read(file(""), name).schedule(7);
        TensorScope.run(
                Device.cpu(),
                () -> {
                    NDArray picture = Tensors.of(new float[] {0.5f, -2, 1}, 3);
                    NDArray x =
                            schedule.addNoise(0, picture, Tensors.of(new float[] {1, 2, -3}, 3));
                    List<Visit> path = new ArrayList<>();
                    for (int i = 0; i < schedule.steps(); i++) {
                        NDArray clean = schedule.addNoise(i, picture, picture.zerosLike());
                        NDArray level =
                                schedule.addNoise(i, picture.zerosLike(), picture.onesLike());
                        path.add(0, new Visit(x, x.sub(clean).div(level)));
                        x = schedule.step(i, path, () -> Tensors.of(new float[] {3, 1, 1}, 3));
                    }
                    assertThat(x.sub(picture).abs().max().getFloat()).isLessThan(1e-4f);
                });
    }

    /** DDPM's noise (eta 1) keeps the variance that the model was trained on. */
    @Test
    void zeroSnrLeavesNothingOfThePicture() throws IOException {
        NoiseScheduler read =
                NoiseScheduler.read(
                        file(
                                ", \"rescale_betas_zero_snr\": true, \"prediction_type\":"
                                        + " \"v_prediction\", \"timestep_spacing\": \"trailing\""),
                        "ddim");
        float[] alphas = read.noise().alphaProducts();
        assertThat(alphas[999]).isZero();
        assertThat(alphas[0]).isEqualTo(NoiseConfig.sd15().alphaProducts()[0]);
        TensorScope.run(
                Device.cpu(),
                () -> {
                    NDArray x = Tensors.of(new float[] {1, 2}, 2);
                    NoiseSchedule schedule = read.schedule(4);
                    NDArray next = schedule.step(0, List.of(new Visit(x, x)), () -> x);
                    assertThat(Tensors.isFinite(next)).isTrue();
                });
    }
}
