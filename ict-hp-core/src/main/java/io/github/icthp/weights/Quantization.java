package io.github.icthp.weights;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Weights that were made smaller than any type that models here compute in: told by types, by the
 * names of what lies beside the values, and by a folder's {@code config.json}.
 */
public final class Quantization {

    private static final Map<ElementType, String> TYPES =
            new EnumMap<>(
                    Map.of(
                            ElementType.F8_E4M3, "fp8 (float8_e4m3fn)",
                            ElementType.F8_E5M2, "fp8 (float8_e5m2)",
                            ElementType.F8_E4M3FNUZ, "fp8 (float8_e4m3fnuz)",
                            ElementType.F8_E5M2FNUZ, "fp8 (float8_e5m2fnuz)",
                            ElementType.F8_E8M0, "fp8 with block scales (float8_e8m0fnu)",
                            ElementType.F4, "fp4 (float4_e2m1)",
                            ElementType.F6_E2M3, "fp6 (float6_e2m3)",
                            ElementType.F6_E3M2, "fp6 (float6_e3m2)"));

    /** Scales that lie beside fp8 values, as ComfyUI and others write them. */
    private static final List<String> SCALES =
            List.of(
                    "scale_weight",
                    "weight_scale",
                    "weight_scale_2",
                    "weight_scale_inv",
                    "scale_input",
                    "input_scale",
                    "scaled_fp8");

    private Quantization() {}

    /**
     * Refuses quantized weights before any values are read.
     *
     * @param folder whose {@code config.json} is asked too, if it is a folder and has one
     * @param weights a file, or a folder of weights
     * @throws WeightsFormatException if they are quantized; it names the kind
     */
    public static void refuse(Path folder, Path weights) {
        Path config = folder.resolve("config.json");
        if (Files.isRegularFile(config)) {
            ofConfig(config).ifPresent(kind -> fail(config.toString(), kind));
        }
        try (Weights open = Weights.openModel(weights)) {
            refuse(open);
        }
    }

    /**
     * Refuses quantized weights.
     *
     * @param weights open weights
     * @throws WeightsFormatException if they are quantized; it names the kind
     */
    public static void refuse(Weights weights) {
        of(weights).ifPresent(kind -> fail(weights.source(), kind));
    }

    private static void fail(String source, String kind) {
        throw new WeightsFormatException(
                String.format(
                        Locale.ROOT,
                        "%s is quantized: %s. Quantized weights are not read here: take the model in bf16, fp16 or fp32",
                        source,
                        kind));
    }

    /** Returns what kind of quantization weights have, if any. */
    static Optional<String> of(Weights weights) {
        return byNames(weights.names())
                .or(() -> byTypes(weights))
                .or(() -> byMetadata(weights.metadata()));
    }

    private static Optional<String> byNames(Set<String> names) {
        if (anyHas(names, ".quant_state.bitsandbytes__") || anyEnds(names, ".quant_map")) {
            String type = anyHas(names, "bitsandbytes__fp4") ? "fp4" : "nf4";
            return Optional.of("bitsandbytes 4 bits (" + type + ")");
        }
        if (anyEnds(names, ".absmax")) {
            return Optional.of("bitsandbytes (.absmax beside the weights)");
        }
        if (anyEnds(names, ".SCB")) {
            return Optional.of("bitsandbytes int8 (LLM.int8())");
        }
        if (anyEnds(names, ".qweight")) {
            return Optional.of(
                    anyEnds(names, ".wscales")
                            ? "SVDQuant (Nunchaku)"
                            : "GPTQ or AWQ (integers as .qweight)");
        }
        if (anyEnds(names, ".W_q")) {
            return Optional.of("HQQ (.W_q)");
        }
        if (anyEnds(names, ".weight._data")) {
            return Optional.of("quanto (.weight._data)");
        }
        return anyHas(names, "qdata") || anyEnds(names, ":int_data")
                ? Optional.of("torchao (qdata)")
                : Optional.empty();
    }

    private static Optional<String> byTypes(Weights weights) {
        for (Map.Entry<ElementType, String> entry : TYPES.entrySet()) {
            long count = count(weights, Set.of(entry.getKey()));
            if (count > 0) {
                String beside =
                        SCALES.stream()
                                .filter(scale -> anyEnds(weights.names(), scale))
                                .findFirst()
                                .map(scale -> ", with scales beside them (" + scale + ")")
                                .orElse("");
                return Optional.of(
                        String.format(
                                Locale.ROOT,
                                "%s in %d of %d tensors%s",
                                entry.getValue(),
                                count,
                                weights.names().size(),
                                beside));
            }
        }
        long integers = count(weights, Set.of(ElementType.I8, ElementType.U8));
        return integers > 0
                ? Optional.of(String.format(Locale.ROOT, "8-bit integers in %d weights", integers))
                : Optional.empty();
    }

    /**
     * Counts weights of some types; integers that are no weights, positions for one, are no sign.
     */
    private static long count(Weights weights, Set<ElementType> types) {
        return weights.names().stream()
                .map(weights::info)
                .filter(info -> types.contains(info.type()))
                .filter(info -> info.type().bits() < Byte.SIZE || isWeight(info))
                .count();
    }

    private static boolean isWeight(TensorInfo info) {
        boolean integer = info.type() == ElementType.I8 || info.type() == ElementType.U8;
        return !integer || (info.name().endsWith("weight") && info.shape().dimension() > 1);
    }

    private static Optional<String> byMetadata(Map<String, String> metadata) {
        return metadata.values().stream().anyMatch(value -> value.contains("torchao"))
                ? Optional.of("torchao")
                : Optional.empty();
    }

    private static boolean anyEnds(Set<String> names, String end) {
        return names.stream().anyMatch(name -> name.endsWith(end));
    }

    private static boolean anyHas(Set<String> names, String part) {
        return names.stream().anyMatch(name -> name.contains(part));
    }

    /** Returns what a configuration says, if it is one and says anything. */
    private static Optional<String> ofConfig(Path config) {
        try {
            JsonElement json =
                    JsonParser.parseString(Files.readString(config, StandardCharsets.UTF_8));
            return json instanceof JsonObject object
                            && object.get("quantization_config") instanceof JsonObject quantization
                    ? Optional.of("quantization_config " + method(quantization))
                    : Optional.empty();
        } catch (IOException | JsonParseException e) {
            // Whoever needs the configuration says what is wrong with it.
            return Optional.empty();
        }
    }

    private static String method(JsonObject quantization) {
        StringBuilder method = new StringBuilder();
        method.append(quantization.get("quant_method"));
        for (String detail :
                List.of("bnb_4bit_quant_type", "quant_type", "bits", "weights_dtype")) {
            if (quantization.has(detail) && !quantization.get(detail).isJsonNull()) {
                method.append(", ").append(detail).append(' ').append(quantization.get(detail));
            }
        }
        return method.toString();
    }
}
