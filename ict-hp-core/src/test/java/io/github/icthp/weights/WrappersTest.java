package io.github.icthp.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;

import io.github.icthp.torch.DType;
import io.github.icthp.torch.Torch;
import io.github.icthp.weights.Parameters.Memory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Checkpoints that hold a model within something else. */
class WrappersTest {

    private static final float[] WEIGHT = {1, 2, 3, 4, 5, 6};

    @TempDir Path temp;

    /** A file that PyTorch 2.13 saved: a linear layer {@code fc} of 3 inputs and 2 outputs. */
    private Path saved(String name) throws IOException {
        Path file = temp.resolve(name);
        try (InputStream in = WrappersTest.class.getResourceAsStream("nested/" + name)) {
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
        }
        return file;
    }

    /** The layer's tensors under other names. */
    private Path named(String file, String weight, String bias) throws IOException {
        Path target = temp.resolve(file);
        try (Weights plain = Weights.openModel(saved("params_ema.pth"))) {
            Map<String, String> names = new LinkedHashMap<>();
            names.put(weight, "fc.weight");
            names.put(bias, "fc.bias");
            Weights renamed = plain.renamed(names);
            if (file.endsWith(".safetensors")) {
                SafetensorsWriter.write(target, renamed);
            } else {
                PytorchWriter.write(target, renamed);
            }
        }
        return target;
    }

    private static void load(Path file) {
        try (NDManager owner = Torch.manager(Device.cpu());
                Weights weights = Weights.openModel(file)) {
            Parameters all = Parameters.load(weights, owner, DType.FLOAT32, Memory.OWNED);
            all.linear("fc", 2, 3);
            assertThat(all.finish().get("fc.weight").toFloatArray()).containsExactly(WEIGHT);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "model.pt",
                "model_state_dict.pt",
                "lightning.ckpt",
                "params_ema.pth",
                "deep.pt",
                "averaged.pt"
            })
    void findsTheOneModelInACheckpoint(String name) throws IOException {
        load(saved(name));
    }

    @ParameterizedTest
    @CsvSource({
        "module., ''",
        "_orig_mod., ''",
        "module._orig_mod., ''",
        "_orig_mod.module., ''",
        "model., ''",
        "_fsdp_wrapped_module., _checkpoint_wrapped_module.",
        "'', _orig_mod.",
        "ema_model.module., ''"
    })
    void takesWrappersOffNames(String before, String within) throws IOException {
        String layer = before + "fc." + within;
        load(named("wrapped.safetensors", layer + "weight", layer + "bias"));
        load(named("wrapped.bin", layer + "weight", layer + "bias"));
    }

    @ParameterizedTest
    @CsvSource({
        "model_and_ema.pt, 'model', 'ema'",
        "generator_and_teacher.pt, 'nets.student', 'nets.teacher'"
    })
    void namesTheModelsAmongWhichItCannotChoose(String name, String first, String second)
            throws IOException {
        Path file = saved(name);
        assertThatThrownBy(() -> Weights.openModel(file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(
                        String.format(
                                Locale.ROOT, "'%s' (2 tensors), '%s' (2 tensors)", first, second))
                .hasMessageContaining("Save the one that is meant by itself");
    }

    @Test
    void namesAPrefixThatIsNoUsualWrapper() throws IOException {
        Path file = named("own.safetensors", "net.fc.weight", "net.fc.bias");
        assertThatThrownBy(() -> load(file))
                .isInstanceOf(WeightsMismatchException.class)
                .hasMessageContaining("2 missing [fc.weight, fc.bias]; 2 unexpected")
                .hasMessageContaining("all names start with 'net.'");
    }

    @Test
    void staysStrictBehindAWrapper() throws IOException {
        Path file = named("other.bin", "module.fc.weight", "module.fc.other");
        assertThatThrownBy(() -> load(file))
                .isInstanceOf(WeightsMismatchException.class)
                .hasMessageContaining("1 missing [fc.bias]; 1 unexpected [fc.other]");
    }

    @Test
    void leavesNamesOfWhichOnlySomeAreWrapped() throws IOException {
        Path file = named("some.safetensors", "module.fc.weight", "fc.bias");
        try (Weights weights = Weights.openModel(file)) {
            assertThat(weights.names()).containsExactlyInAnyOrder("module.fc.weight", "fc.bias");
        }
        try (Weights weights =
                Weights.openModel(
                        named(
                                "sd.safetensors",
                                "model.diffusion_model.a",
                                "model.diffusion_model.b"))) {
            assertThat(weights.names()).contains("model.diffusion_model.a");
        }
    }
}
