package io.github.icthp.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Quantized weights are refused by the name of what made them. */
class QuantizationTest {

    @TempDir Path temp;

    /** Writes tensors {@code NAME TYPE}, each of 2 x 2 zeros. */
    private Path file(String... tensors) throws IOException {
        List<String> entries = new ArrayList<>();
        long end = 0;
        for (String tensor : tensors) {
            String[] parts = tensor.split(" ", 2);
            long begin = end;
            end += ElementType.byName(parts[1]).orElseThrow().bytes(4);
            entries.add(
                    String.format(
                            Locale.ROOT,
                            "\"%s\":{\"dtype\":\"%s\",\"shape\":[2,2],\"data_offsets\":[%d,%d]}",
                            parts[0],
                            parts[1],
                            begin,
                            end));
        }
        String header = "{" + String.join(",", entries) + "}";
        return WeightsTest.save(temp.resolve("model.safetensors"), header, end);
    }

    @ParameterizedTest
    @CsvSource({
        "a.weight F8_E4M3, fp8 (float8_e4m3fn) in 1 of 2 tensors",
        "a.weight F8_E5M2, fp8 (float8_e5m2) in 1 of 2 tensors",
        "a.weight F4, fp4",
        "a.weight.absmax F32, bitsandbytes",
        "a.weight.quant_map F32, bitsandbytes 4 bits (nf4)",
        "a.weight.quant_state.bitsandbytes__fp4 U8, bitsandbytes 4 bits (fp4)",
        "a.SCB F32, bitsandbytes int8",
        "a.qweight I32, GPTQ or AWQ",
        "a.W_q U8, HQQ",
        "a.weight._data I8, quanto",
        "a._weight_qdata I8, torchao",
        "a.weight I8, 8-bit integers in 1 weights"
    })
    void namesTheKind(String tensor, String kind) throws IOException {
        Path file = file(tensor, "b.weight F32");
        assertThatThrownBy(() -> Quantization.refuse(file, file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining(file + " is quantized: " + kind)
                .hasMessageContaining("bf16, fp16 or fp32");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.scale_weight", "a.weight_scale", "scaled_fp8", "a.weight_scale_inv"})
    void tellsOfScalesBesideFp8(String scale) throws IOException {
        Path file = file("a.weight F8_E4M3", scale + " F32");
        assertThatThrownBy(() -> Quantization.refuse(file, file))
                .hasMessageContaining("with scales beside them");
    }

    @Test
    void integersThatAreNoWeightsAreNoSign() throws IOException {
        Path file = file("a.weight BF16", "position_ids I64", "mask U8", "flag BOOL");
        assertThatCode(() -> Quantization.refuse(file, file)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"quant_method\": \"gptq\", \"bits\": 4} | \"gptq\", bits 4",
                "{\"quant_method\": \"bitsandbytes\", \"bnb_4bit_quant_type\": \"nf4\"}"
                        + " | \"bitsandbytes\", bnb_4bit_quant_type \"nf4\"",
                "{\"quant_method\": \"torchao\", \"quant_type\": \"int8wo\"}"
                        + " | \"torchao\", quant_type \"int8wo\""
            })
    void asksTheConfiguration(String json, String kind) throws IOException {
        file("a.weight F32");
        Path config = temp.resolve("config.json");
        Files.writeString(
                config, "{\"quantization_config\": " + json + "}", StandardCharsets.UTF_8);
        assertThatThrownBy(() -> Quantization.refuse(temp, temp))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining(config + " is quantized: quantization_config " + kind);
        Files.writeString(config, "{\"quantization_config\": null}", StandardCharsets.UTF_8);
        assertThatCode(() -> Quantization.refuse(temp, temp)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "flux-Q4_0.gguf, GGUF, a GGUF file",
        "flux.safetensors, GGUF, a GGUF file",
        "flux.bin, GGUF, a GGUF file",
        "old.bin, tjgg, a GGML file",
        "page.safetensors, <!DOCTYPE html>, a web page",
        "zip.safetensors, 'PK\u0003\u0004', a zip archive"
    })
    void foreignFilesAreNamed(String name, String start, String what) throws IOException {
        Path file = temp.resolve(name);
        Files.writeString(file, start + "\u0003\0\0\0\0\0\0\0\0\0", StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> Weights.open(file))
                .isInstanceOf(WeightsFormatException.class)
                .hasMessageContaining(file + " is " + what);
        assertThat(file).exists();
    }

    @Test
    void safetensorsUnderAnotherNameAreTold() throws IOException {
        Path file = Files.move(file("a F32"), temp.resolve("model.bin"));
        assertThatThrownBy(() -> Weights.open(file)).hasMessageContaining("name it .safetensors");
    }
}
