package io.github.icthp.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

class TorchReaderTest {

    /** A dictionary {'a': …} around a float tensor of two elements, as PyTorch 2.13 pickles it. */
    private static final String TENSOR =
            "ctorch._utils\n_rebuild_tensor_v2\n((U\7storagectorch\nFloatStorage\nU\0010U\3cpuK\2tQ"
                    + "K\0K\2\205K\1\205\211ccollections\nOrderedDict\n)R";

    @TempDir Path temp;

    /**
     * {@code types.bin} is what PyTorch 2.13's {@code torch.save} wrote for {@code f8} = [1, -2,
     * 0.5] as float8_e4m3fn, {@code u16} = [1, 65535], {@code c} = [[1+2j, 3-4j, 5], [-j, 2+2j,
     * -3j]] as complex64 and {@code ct}, its transpose.
     */
    @Test
    void readsTypesThatOnlyNewerVersionsHave() throws IOException {
        Path file = temp.resolve("types.bin");
        try (InputStream types = TorchReaderTest.class.getResourceAsStream("types.bin")) {
            Files.copy(types, file);
        }
        try (Weights weights = Weights.open(file)) {
            assertThat(weights.info("f8")).hasToString("f8 F8_E4M3[3]");
            assertThat(weights.data("f8")).isEqualTo(ByteBuffer.wrap(new byte[] {56, -64, 48}));
            assertThat(weights.info("u16")).hasToString("u16 U16[2]");
            assertThat(weights.data("u16").getInt()).isEqualTo(0xffff0001);
            assertThat(floats(weights, "c"))
                    .containsExactly(1, 2, 3, -4, 5, 0, 0, -1, 2, 2, -0f, -3);
            assertThat(weights.info("ct")).hasToString("ct C64[3, 2]");
            assertThat(floats(weights, "ct"))
                    .containsExactly(1, 2, 0, -1, 3, -4, 2, 2, 5, 0, -0f, -3);
        }
    }

    @Test
    void readsParametersAndTensorsWithAttributes() throws IOException {
        String parameter =
                "ctorch._utils\n_rebuild_parameter_with_state\n("
                        + (TENSOR + "tR")
                        + "\210ccollections\nOrderedDict\n)R}tR";
        String attributed =
                "ctorch._tensor\n_rebuild_from_type_v2\n("
                        + TENSOR.replace("_v2\n((", "_v2\nctorch\nTensor\n((")
                        + "t}tR";
        for (String value : new String[] {TENSOR + "tR", parameter, attributed}) {
            try (Weights weights = Weights.open(archive(value))) {
                assertThat(weights.info("a")).hasToString("a F32[2]");
                assertThat(floats(weights, "a")).containsExactly(1, 2);
            }
        }
    }

    @Test
    void refusesConjugates() throws IOException {
        Path file = archive(TENSOR + "}U\4conj\210stR");

        assertThatThrownBy(() -> Weights.open(file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("a view such as a conjugate is not supported");
    }

    @Test
    void refusesWhatIsNoDictionaryOfTensors() throws IOException {
        Path file = archive("K\7");

        assertThatThrownBy(() -> Weights.open(file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("entry 'a' is a Long");
    }

    @Test
    void refusesAnInflatedPickleBeforeUnpackingIt() throws IOException {
        Path file = temp.resolve("bomb.bin");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry("archive/data.pkl"));
            byte[] megabyte = new byte[1 << 20];
            for (int i = 0; i < 40; i++) {
                zip.write(megabyte);
            }
        }

        assertThat(Files.size(file)).isLessThan(100_000);
        assertThatThrownBy(() -> Weights.open(file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("data.pkl has 41943040 bytes, at most 33554432 are read");
    }

    @Test
    void refusesATensorThatIsMostlyRepetition() throws IOException {
        String repeated = TENSOR.replace("K\2\205K\1\205", "J\0\0\0\2\205K\0\205") + "tR";
        Path file = archive(repeated);

        assertThatThrownBy(() -> Weights.open(file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining("a F32[33554432] repeats the 2 values there are");
    }

    private Path archive(String value) throws IOException {
        Path file = Files.createTempFile(temp, "archive", ".bin");
        ByteBuffer values = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        values.putFloat(1).putFloat(2);
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry("archive/data.pkl"));
            zip.write(("\200\2}U\1a" + value + "s.").getBytes(StandardCharsets.ISO_8859_1));
            zip.putNextEntry(new ZipEntry("archive/data/0"));
            zip.write(values.array());
        }
        return file;
    }

    private static float[] floats(Weights weights, String name) {
        float[] values = new float[(int) weights.info(name).bytes() / Float.BYTES];
        weights.data(name).asFloatBuffer().get(values);
        return values;
    }
}
