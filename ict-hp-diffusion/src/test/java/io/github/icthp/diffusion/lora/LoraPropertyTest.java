package io.github.icthp.diffusion.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.lora.LoraConfig.Initialization;
import io.github.icthp.diffusion.model.LinearAdapter;
import io.github.icthp.diffusion.model.LinearShape;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.Tensors;
import io.github.icthp.weights.SafetensorsWriter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** What holds for adapters of any rank, seed and targets, on both families. */
class LoraPropertyTest {

    @TempDir Path temp;

    /** One case of each family: its transformer and inputs are what matters here. */
    static Stream<Path> families() {
        Map<String, Path> first = new HashMap<>();
        Golden.cases("diffusion/lora", "expected.safetensors")
                .forEach(folder -> first.putIfAbsent(family(folder), folder));
        assertThat(first).hasSize(2);
        return first.values().stream();
    }

    private static String family(Path folder) {
        return folder.getParent().getFileName().toString();
    }

    @ParameterizedTest
    @MethodSource("families")
    void freshAdaptersChangeNothing(Path folder) {
        try (LoraCase c = new LoraCase(folder)) {
            float[] base = Tensors.toFloats(c.output());
            LoraConfig config = LoraConfig.rank(3).withTargets(LoraTargets.allBlocks());
            try (LoraAdapters lora = LoraAdapters.inject(c.transformer, config, 1)) {
                assertThat(lora.adapters().keySet())
                        .isEqualTo(c.transformer.adapters().keySet())
                        .anyMatch(path -> path.contains("ff.net.2"));
                assertThat(Tensors.toFloats(c.output())).isEqualTo(base);
            }
            assertThat(c.transformer.adapters()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void freshAdaptersDependOnTheSeedAlone(Path folder) {
        try (LoraCase c = new LoraCase(folder)) {
            LoraConfig all = LoraConfig.rank(8).withTargets(LoraTargets.jointAttention());
            LoraConfig one = all.withTargets(LoraTargets.of("attn.to_q"));
            float[] first = fresh(c, all, 5);
            assertThat(fresh(c, one, 5)).isEqualTo(first);
            assertThat(fresh(c, all, 6)).isNotEqualTo(first);
            double bound = 1 / Math.sqrt(first.length / 8.0);
            assertThat(deviation(first)).isBetween(0.5 * bound, 0.65 * bound);
            for (float value : first) {
                assertThat(Math.abs(value)).isLessThanOrEqualTo((float) bound);
            }
            float[] gaussian = fresh(c, all.withInit(Initialization.GAUSSIAN), 5);
            assertThat(deviation(gaussian)).isBetween(0.11, 0.14);
        }
    }

    private static float[] fresh(LoraCase c, LoraConfig config, long seed) {
        try (LoraAdapters lora = LoraAdapters.inject(c.transformer, config, seed)) {
            return lora.adapters().get("transformer_blocks.0.attn.to_q").a().toFloatArray();
        }
    }

    private static double deviation(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += (double) value * value;
        }
        return Math.sqrt(sum / values.length);
    }

    @ParameterizedTest
    @MethodSource("families")
    void fusedEqualsUnfused(Path folder) {
        try (LoraCase c = new LoraCase(folder)) {
            float[] base = Tensors.toFloats(c.output());
            LoraConfig config =
                    LoraConfig.rank(2).withAlpha(3).withTargets(LoraTargets.allBlocks());
            try (LoraAdapters lora = LoraAdapters.inject(c.transformer, config, 1)) {
                randomize(lora, 2);
                lora.scale(-0.7);
                float[] unfused = Tensors.toFloats(c.output());
                assertThat(unfused).isNotEqualTo(base);
                lora.fuse();
                Expected.assertClose("fused", Tensors.toFloats(c.output()), unfused, 1e-4);
                lora.unfuse();
                assertThat(Tensors.toFloats(c.output())).isEqualTo(unfused);
                lora.fuse();
            }
            assertThat(Tensors.toFloats(c.output())).isEqualTo(base);
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void savedThenLoadedIsTheSame(Path folder) {
        try (LoraCase c = new LoraCase(folder)) {
            LoraConfig config =
                    LoraConfig.rank(2).withAlpha(5).withTargets(LoraTargets.allBlocks());
            for (LoraFormat format :
                    new LoraFormat[] {LoraFormat.DIFFUSERS, LoraFormat.PEFT, LoraFormat.KOHYA}) {
                Path file = temp.resolve(family(folder) + "-" + format);
                float[] written;
                try (LoraAdapters lora = LoraAdapters.inject(c.transformer, config, 1)) {
                    randomize(lora, 2);
                    written = Tensors.toFloats(c.output());
                    lora.save(file, format);
                }
                try (LoraAdapters lora = LoraAdapters.load(file, c.transformer)) {
                    assertThat(lora.unapplied().all()).isEmpty();
                    assertThat(lora.adapters().values())
                            .allSatisfy(a -> assertThat(a.scale()).isEqualTo(2.5));
                    assertThat(Tensors.toFloats(c.output())).isEqualTo(written);
                }
            }
        }
    }

    /** Random biases and magnitudes: written, read, fused and switched off. */
    @ParameterizedTest
    @MethodSource("families")
    void biasesAndMagnitudesAreKept(Path folder) {
        try (LoraCase c = new LoraCase(folder)) {
            float[] base = Tensors.toFloats(c.output());
            for (String extra :
                    List.of(LinearAdapter.BIAS_SUFFIX, LinearAdapter.MAGNITUDE_SUFFIX)) {
                Path file = temp.resolve(family(folder) + extra + ".safetensors");
                writeWith(extra, file);
                try (LoraAdapters lora = LoraAdapters.load(file, c.transformer)) {
                    float[] adapted = Tensors.toFloats(c.output());
                    assertThat(adapted).isNotEqualTo(base);
                    assertThat(Tensors.toFloats(lora.disabled(c::output))).isEqualTo(base);
                    for (LoraFormat format : List.of(LoraFormat.DIFFUSERS, LoraFormat.PEFT)) {
                        lora.save(temp.resolve(family(folder) + extra + format), format);
                    }
                    assertThatThrownBy(() -> lora.save(temp.resolve("kohya"), LoraFormat.KOHYA))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("no names for biases and magnitudes");
                    lora.fuse();
                    Expected.assertClose("fused", Tensors.toFloats(c.output()), adapted, 1e-4);
                    lora.unfuse();
                    assertThat(Tensors.toFloats(c.output())).isEqualTo(adapted);
                    lora.scale(0.5);
                    assertThat(Tensors.toFloats(c.output())).isNotEqualTo(adapted);
                    lora.scale(1);
                    assertThat(Tensors.toFloats(c.output())).isEqualTo(adapted);
                    for (LoraFormat format : List.of(LoraFormat.DIFFUSERS, LoraFormat.PEFT)) {
                        assertLoads(c, temp.resolve(family(folder) + extra + format), adapted);
                    }
                }
                assertThat(Tensors.toFloats(c.output())).isEqualTo(base);
            }
        }
    }

    private static void assertLoads(LoraCase c, Path file, float[] adapted) {
        try (LoraAdapters again = LoraAdapters.load(file, c.transformer)) {
            assertThat(again.unapplied().all()).isEmpty();
            assertThat(Tensors.toFloats(c.output())).isEqualTo(adapted);
        }
    }

    private static void writeWith(String extra, Path file) {
        Map<String, NDArray> tensors = new HashMap<>();
        for (String layer : List.of("norm_out.linear", "transformer_blocks.0.attn.to_q")) {
            long out = layer.startsWith("norm") ? 64 : 32;
            String name = "transformer." + layer;
            tensors.put(name + LinearAdapter.A_SUFFIX, waves(2, 32));
            tensors.put(name + LinearAdapter.B_SUFFIX, waves(out, 2));
            tensors.put(name + extra, waves(out).add(2));
        }
        SafetensorsWriter.write(file, tensors, Map.of());
    }

    private static NDArray waves(long... shape) {
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i + 0.5);
        }
        return Tensors.of(values, shape);
    }

    /** PEFT reads a pattern without an anchor as the end of a name. */
    @Test
    void anAlphaOfItsOwnStaysWithItsLayer() {
        try (LoraCase c = new LoraCase(Golden.sample("diffusion/lora/flux").resolve("attention"))) {
            Map<String, LinearShape> linears = c.transformer.linears();
            Path written = temp.resolve("anchored");
            LoraConversion.convert(
                    Path.of("src/test/resources/lora/peft_anchor"),
                    linears,
                    written,
                    LoraFormat.PEFT);
            Map<String, Double> scales = new HashMap<>();
            LoraFile.inspect(written).modules().forEach(m -> scales.put(m.name(), m.scale()));
            assertThat(scales.remove("base_model.model.proj_out")).isEqualTo(8);
            assertThat(scales).containsKey("base_model.model.single_transformer_blocks.0.proj_out");
            assertThat(scales.values()).containsOnly(1.0);
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void dropoutHidesTheSameInputsForTheSameSeed(Path folder) {
        try (LoraCase c = new LoraCase(folder)) {
            LoraConfig config = LoraConfig.rank(2).withDropout(0.5);
            try (LoraAdapters lora = LoraAdapters.inject(c.transformer, config, 1)) {
                randomize(lora, 2);
                float[] whole = Tensors.toFloats(c.output());
                lora.dropOut(7);
                float[] first = Tensors.toFloats(c.output());
                assertThat(first).isNotEqualTo(whole);
                assertThat(Tensors.toFloats(c.output())).isEqualTo(first);
                lora.dropOut(8);
                assertThat(Tensors.toFloats(c.output())).isNotEqualTo(first);
                lora.dropOut(7);
                assertThat(Tensors.toFloats(c.output())).isEqualTo(first);
                lora.stopDropout();
                assertThat(Tensors.toFloats(c.output())).isEqualTo(whole);
            }
        }
    }

    /** Gives lora_B values, as training does. */
    private static void randomize(LoraAdapters lora, long seed) {
        Random random = new Random(seed);
        Autograd.in(
                Mode.NO_GRADIENT,
                () -> {
                    for (LinearAdapter adapter : lora.adapters().values()) {
                        NDArray b = adapter.b();
                        float[] values = new float[(int) b.size()];
                        for (int i = 0; i < values.length; i++) {
                            values[i] = (float) random.nextGaussian() * 0.2f;
                        }
                        Tensors.overwrite(b, Tensors.of(values, b.getShape().getShape()));
                    }
                    return null;
                });
    }
}
