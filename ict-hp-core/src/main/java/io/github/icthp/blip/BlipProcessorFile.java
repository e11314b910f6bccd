package io.github.icthp.blip;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.image.ImageConfig;
import io.github.icthp.image.ProcessorFile;
import io.github.icthp.weights.WeightsFormatException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The image settings beside a matching model's weights. BLIP's pictures are prepared in one way
 * only, so the file is checked and never followed: what it leaves out is as in transformers' {@code
 * BlipImageProcessor}.
 */
final class BlipProcessorFile {

    private static final Pattern KIND =
            Pattern.compile("Blip(ImageProcessor(Fast|Pil)?|FeatureExtractor)");
    private static final List<String> STEPS = List.of("do_resize", "do_rescale", "do_normalize");
    private static final int DEFAULT_SIDE = 384;
    private static final int BICUBIC = 3;
    private static final double ROUNDING = 1e-6;

    private final JsonObject json;
    private final List<String> differences = new ArrayList<>();

    private BlipProcessorFile(JsonObject json) {
        this.json = json;
    }

    /**
     * Requires that a folder's image settings, if it has any, are those of a model.
     *
     * @param folder the folder of the weights
     * @param config the model's shape
     * @throws IllegalArgumentException if they differ; it says in what
     */
    static void require(Path folder, BlipConfig config) {
        Optional<Path> file = ProcessorFile.find(folder);
        if (file.isEmpty()) {
            return;
        }
        List<String> differences = read(file.get()).differences(config.imageSize());
        if (!differences.isEmpty()) {
            throw new IllegalArgumentException(
                    "RewardModel of ITM: "
                            + file.get()
                            + " does not belong to these weights: "
                            + String.join(", ", differences)
                            + "; put the model's own beside them, or remove this one");
        }
    }

    private static BlipProcessorFile read(Path file) {
        try {
            JsonObject all = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
            JsonElement nested = all.get("image_processor");
            return new BlipProcessorFile(nested == null ? all : nested.getAsJsonObject());
        } catch (IOException e) {
            throw new UncheckedIOException("BlipProcessorFile: cannot read " + file, e);
        } catch (JsonParseException | IllegalStateException e) {
            throw new WeightsFormatException(
                    "BlipProcessorFile: expected a JSON object in " + file + ": " + e.getMessage(),
                    e);
        }
    }

    private List<String> differences(int side) {
        compare("image_processor_type", KIND.matcher(text("image_processor_type")).matches());
        compare("feature_extractor_type", KIND.matcher(text("feature_extractor_type")).matches());
        for (String step : STEPS) {
            compare(step, text(step).equals("true"));
        }
        if (!has("size") ? side != DEFAULT_SIDE : !isSquare(json.get("size"), side)) {
            differences.add(
                    "size "
                            + (has("size") ? json.get("size") : "left out, which is 384")
                            + ", the model takes a side of "
                            + side);
        }
        compare("resample", text("resample").equals(Integer.toString(BICUBIC)));
        compare("rescale_factor", isNear("rescale_factor", List.of(ImageConfig.TO_UNIT)));
        compare("image_mean", isNear("image_mean", ImageConfig.OPENAI_MEAN));
        compare("image_std", isNear("image_std", ImageConfig.OPENAI_STD));
        return differences;
    }

    /** Notes a field that is there and is not what the model was trained with. */
    private void compare(String field, boolean same) {
        if (has(field) && !same) {
            differences.add(field + " " + json.get(field));
        }
    }

    private boolean has(String field) {
        return json.has(field) && !json.get(field).isJsonNull();
    }

    private String text(String field) {
        return has(field) && json.get(field).isJsonPrimitive() ? json.get(field).getAsString() : "";
    }

    private static boolean isSquare(JsonElement size, int side) {
        if (size.isJsonPrimitive()) {
            return isNear(size, side);
        }
        return size instanceof JsonObject sides
                && sides.has("height")
                && sides.has("width")
                && isNear(sides.get("height"), side)
                && isNear(sides.get("width"), side);
    }

    private boolean isNear(String field, List<Double> expected) {
        if (!has(field) || !(json.get(field) instanceof JsonArray values)) {
            return has(field) && expected.size() == 1 && isNear(json.get(field), expected.get(0));
        }
        boolean near = values.size() == expected.size();
        for (int i = 0; near && i < expected.size(); i++) {
            near = isNear(values.get(i), expected.get(i));
        }
        return near;
    }

    private static boolean isNear(JsonElement value, double expected) {
        return value.isJsonPrimitive()
                && value.getAsJsonPrimitive().isNumber()
                && Math.abs(value.getAsDouble() - expected) <= ROUNDING;
    }
}
