package io.github.icthp.diffusion.lora;

import io.github.icthp.diffusion.lora.UnappliedTensors.Kind;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Tells from its name what a tensor is that belongs to no LoRA. */
final class TensorKinds {

    /** By what ends a name, or stands in it; the first that is found counts. */
    private static final Map<Pattern, Kind> KINDS = new LinkedHashMap<>();

    static {
        add("[._]lokr_", Kind.LOKR);
        add("[._]hada_", Kind.LOHA);
        add("[._]boft_", Kind.BOFT);
        add("[._]oft_", Kind.OFT);
        add("\\.[abc][12](\\.weight)?$", Kind.GLORA);
        add("[._]ia3_|\\.on_input$", Kind.IA3);
        add("[._]vera_", Kind.VERA);
        add("\\.lora_E|\\.ranknum$|\\.lora_[AB]$", Kind.ADALORA);
        add("\\.lora_mid\\.", Kind.LOCON);
        add("[._]dora_scale$|lora_magnitude_vector", Kind.DORA);
        add("\\.diff_b$", Kind.DIFF_B);
        add("\\.diff$", Kind.DIFF);
        add("\\.[wb]_norm$|norm\\w*(\\.\\w+)?\\.(weight|bias|scale)$", Kind.NORM);
        add("\\.bias$", Kind.BIAS);
        add("^<|\\.lora_embedding_|emb_params|bundle_emb|string_to_param", Kind.EMBEDDING);
    }

    private static final Pattern LAST = Pattern.compile("\\.[^.]+(\\.weight)?$");

    private TensorKinds() {}

    private static void add(String pattern, Kind kind) {
        KINDS.put(Pattern.compile(pattern), kind);
    }

    static Kind of(String name) {
        return KINDS.entrySet().stream()
                .filter(entry -> entry.getKey().matcher(name).find())
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(Kind.OTHER);
    }

    /** The layer that a tensor belongs to: its name without the last part. */
    static String layer(String name) {
        return LAST.matcher(name).replaceFirst("");
    }
}
