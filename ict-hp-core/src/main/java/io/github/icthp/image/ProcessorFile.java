package io.github.icthp.image;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The file in a folder that says how images are prepared. transformers 5 nests the settings in
 * {@code processor_config.json} under {@code image_processor}; before, they were all of {@code
 * preprocessor_config.json}, and {@code processor_config.json}, if there was one, named classes
 * only. Where both hold settings the nested ones win, as in {@code
 * ImageProcessingMixin.get_image_processor_dict}.
 */
public final class ProcessorFile {

    /** The image settings alone. */
    public static final String IMAGES = "preprocessor_config.json";

    /** The whole processor's settings. */
    public static final String PROCESSOR = "processor_config.json";

    private static final String NESTED = "image_processor";

    private ProcessorFile() {}

    /**
     * Finds a folder's image settings.
     *
     * @param folder a model's folder
     * @return the file that holds them, if there is one
     * @throws IllegalArgumentException if they are in a place that transformers does not read
     */
    public static Optional<Path> find(Path folder) {
        Path processor = folder.resolve(PROCESSOR);
        Path images = folder.resolve(IMAGES);
        boolean separate = Files.isRegularFile(images);
        if (Files.isRegularFile(processor)) {
            JsonObject json = object(processor);
            if (json.has(NESTED)) {
                return Optional.of(processor);
            }
            if (!separate && ImageConfigJson.isIn(json)) {
                throw new IllegalArgumentException(
                        "ClipImageConfig: "
                                + processor
                                + " has image settings outside of '"
                                + NESTED
                                + "', where transformers does not look for them: move them into"
                                + " that object, or into a file "
                                + IMAGES);
            }
        }
        return separate ? Optional.of(images) : Optional.empty();
    }

    /** Reads one of the two files. */
    static ImageConfig read(Path file) {
        JsonObject json = object(file);
        try {
            JsonElement nested = json.get(NESTED);
            if (nested == null) {
                return new ImageConfigJson(json, file.toString()).config();
            }
            return new ImageConfigJson(nested.getAsJsonObject(), file + ", " + NESTED).config();
        } catch (IllegalStateException
                | UnsupportedOperationException
                | ClassCastException
                | NumberFormatException e) {
            throw damaged(file, e);
        }
    }

    private static JsonObject object(Path file) {
        try {
            return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        } catch (IOException e) {
            throw new UncheckedIOException("ClipImageConfig: cannot read " + file, e);
        } catch (JsonParseException | IllegalStateException e) {
            throw damaged(file, e);
        }
    }

    private static IllegalArgumentException damaged(Path file, RuntimeException cause) {
        return new IllegalArgumentException(
                "ClipImageConfig: " + file + " is damaged: " + cause, cause);
    }
}
