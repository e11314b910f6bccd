package io.github.icthp.diffusion.lora;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a file calls a layer, taken apart.
 *
 * @param component the part of a pipeline, by diffusers' name
 * @param path the layer's path inside that model
 * @param flat whether the path has underscores for dots
 */
record ModuleName(String component, String path, boolean flat) {

    static final String TRANSFORMER = "transformer";
    static final String TEXT_ENCODER = "text_encoder";

    /** What diffusers calls the denoiser of SD1.5 and SDXL. */
    static final String UNET = "unet";

    /** What may stand before a path with underscores for dots. */
    private static final Map<String, String> FLAT = new LinkedHashMap<>();

    /** What may stand before a path; several may follow one another. */
    private static final Map<String, String> DOTTED = new LinkedHashMap<>();

    /** What may stand before a path and tells nothing of the component. */
    private static final List<String> WRAPPERS = List.of("base_model.model.", "model.");

    static {
        FLAT.put("lora_unet_", TRANSFORMER);
        FLAT.put("lora_transformer_", TRANSFORMER);
        FLAT.put("lycoris_", TRANSFORMER);
        FLAT.put("lora_te_", TEXT_ENCODER);
        FLAT.put("lora_te1_", TEXT_ENCODER);
        FLAT.put("lora_te2_", TEXT_ENCODER + "_2");
        FLAT.put("lora_te3_", TEXT_ENCODER + "_3");
        DOTTED.put("transformer.", TRANSFORMER);
        DOTTED.put("diffusion_model.", TRANSFORMER);
        DOTTED.put("unet.", TRANSFORMER);
        DOTTED.put("text_encoder.", TEXT_ENCODER);
        DOTTED.put("text_encoder_2.", TEXT_ENCODER + "_2");
        DOTTED.put("text_encoder_3.", TEXT_ENCODER + "_3");
        DOTTED.put("text_encoders.clip_l.transformer.", TEXT_ENCODER);
        DOTTED.put("text_encoders.clip_g.transformer.", TEXT_ENCODER + "_2");
        DOTTED.put("text_encoders.t5xxl.transformer.", TEXT_ENCODER + "_3");
    }

    /** Says whether a denoiser's layers are those of a UNet. */
    static boolean isUNet(Set<String> linears) {
        return linears.contains("conv_in");
    }

    /** Returns what diffusers puts before the paths of a denoiser with these layers. */
    static String prefix(Set<String> linears) {
        return isUNet(linears) ? UNET : TRANSFORMER;
    }

    static ModuleName parse(String module) {
        if (module.startsWith(TEXT_ENCODER + ":")) {
            return new ModuleName(TEXT_ENCODER, module, false);
        }
        for (Map.Entry<String, String> prefix : FLAT.entrySet()) {
            if (module.startsWith(prefix.getKey())) {
                String path = module.substring(prefix.getKey().length());
                return named(prefix.getValue(), path, true);
            }
        }
        String path = module;
        String component = TRANSFORMER;
        boolean found = true;
        while (found) {
            found = false;
            for (String wrapper : WRAPPERS) {
                if (path.startsWith(wrapper)) {
                    path = path.substring(wrapper.length());
                    found = true;
                }
            }
            for (Map.Entry<String, String> prefix : DOTTED.entrySet()) {
                if (path.startsWith(prefix.getKey())) {
                    path = path.substring(prefix.getKey().length());
                    component = prefix.getValue();
                    found = true;
                }
            }
        }
        return named(component, path, false);
    }

    /** A text encoder's adapter may lie in a file of its own, with nothing before its paths. */
    private static ModuleName named(String component, String path, boolean flat) {
        boolean text = component.equals(TRANSFORMER) && path.matches("text_model[._].*");
        return new ModuleName(text ? TEXT_ENCODER : component, path, flat);
    }

    boolean isText() {
        return component.startsWith(TEXT_ENCODER);
    }
}
