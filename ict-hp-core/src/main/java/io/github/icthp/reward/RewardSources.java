package io.github.icthp.reward;

import io.github.icthp.clip.ClipArchitecture;
import io.github.icthp.image.ImageDecoder;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What the user of a reward model named.
 *
 * @param parts files and folders by the name of the part
 * @param architecture the shape and image settings, if they were named
 * @param decoder how picture files are decoded
 * @param openClipPrompts whether prompts are cleaned as open_clip does
 */
public record RewardSources(
        Map<String, Path> parts,
        Optional<ClipArchitecture> architecture,
        ImageDecoder decoder,
        boolean openClipPrompts) {

    /** The part that most scorers have alone. */
    public static final String WEIGHTS = "weights";

    /** A head that lies apart from its backbone. */
    public static final String HEAD = "head";

    /** A folder of configuration and tokenizer, where they do not lie beside the weights. */
    public static final String BASE = "base";

    /** ICT's weights. */
    public static final String ICT = "ict";

    /** HP's folder. */
    public static final String HP = "hp";

    /**
     * Copies the map.
     *
     * @param parts files and folders by part
     * @param architecture shape and image settings
     * @param decoder how picture files are decoded
     * @param openClipPrompts whether prompts are cleaned as open_clip does
     */
    public RewardSources {
        parts = Map.copyOf(parts);
    }

    /**
     * Returns a part that was named.
     *
     * @param name the part
     * @return its file or folder
     */
    public Optional<Path> part(String name) {
        return Optional.ofNullable(parts.get(name));
    }

    /**
     * Returns a part that the definition requires.
     *
     * @param name the part
     * @return its file or folder
     * @throws IllegalStateException if it was not named
     */
    public Path required(String name) {
        return part(name)
                .orElseThrow(() -> new IllegalStateException("RewardModel: missing " + name));
    }

    /**
     * Returns how decoding shows in provenances.
     *
     * @return words to append; empty for the usual decoding
     */
    public String orientation() {
        return decoder.appliesExifOrientation() ? ", EXIF orientation" : "";
    }
}
