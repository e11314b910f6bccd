package io.github.icthp.diffusion.lora;

import io.github.icthp.diffusion.model.LinearShape;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The layers of a pipeline that adapters can be put on.
 *
 * @param transformer the transformer's, by path
 * @param textEncoders those of each text encoder by path, by diffusers' name of the encoder: {@code
 *     text_encoder}, {@code text_encoder_2}
 */
public record AdaptableLayers(
        Map<String, LinearShape> transformer, Map<String, Map<String, LinearShape>> textEncoders) {

    /**
     * Copies the maps.
     *
     * @param transformer the transformer's, by path
     * @param textEncoders those of each text encoder
     */
    public AdaptableLayers {
        transformer = Collections.unmodifiableMap(new LinkedHashMap<>(transformer));
        textEncoders = Collections.unmodifiableMap(new LinkedHashMap<>(textEncoders));
    }

    /**
     * Returns the layers of a transformer alone.
     *
     * @param transformer its layers by path
     * @return those, and no text encoder
     */
    public static AdaptableLayers of(Map<String, LinearShape> transformer) {
        return new AdaptableLayers(transformer, Map.of());
    }

    /** The layers of one part of the pipeline; none if it is not adapted. */
    Map<String, LinearShape> of(String component) {
        return component.equals(ModuleName.TRANSFORMER)
                ? transformer
                : textEncoders.getOrDefault(component, Map.of());
    }
}
