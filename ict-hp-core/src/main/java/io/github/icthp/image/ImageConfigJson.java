package io.github.icthp.image;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.image.ImageConfig.Resize;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Reads image settings as transformers' {@code CLIPImageProcessor} and its fast and PIL-based
 * siblings do, and writes them. A key that would change the pixels and cannot be honored is refused
 * by name.
 */
final class ImageConfigJson {

    private static final int BICUBIC = 3;

    /** Pillow's numbers of its filters. */
    private static final List<String> FILTERS =
            List.of("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming");

    /** The same steps under the names of each generation of transformers. */
    private static final Pattern KIND =
            Pattern.compile("CLIP(ImageProcessor(Fast|Pil)?|FeatureExtractor)");

    /** Keys that say how pictures are prepared. */
    private static final Set<String> STEPS =
            Set.of(
                    "do_resize",
                    "size",
                    "resample",
                    "do_center_crop",
                    "crop_size",
                    "do_rescale",
                    "rescale_factor",
                    "do_normalize",
                    "image_mean",
                    "image_std",
                    "do_pad");

    private static final int DEFAULT_SIZE = 224;

    private final JsonObject json;
    private final String file;

    ImageConfigJson(JsonObject json, String file) {
        this.json = json;
        this.file = file;
    }

    /** Returns whether an object holds image settings beside what else it holds. */
    static boolean isIn(JsonObject json) {
        return json.keySet().stream().anyMatch(STEPS::contains);
    }

    ImageConfig config() {
        checkKind();
        checkSteps();
        Resize resize = flag("do_resize") ? resize() : new Resize.Keep();
        Resize.Exact size = flag("do_center_crop") ? square("crop_size") : uncropped(resize);
        boolean normalize = flag("do_normalize");
        return new ImageConfig(
                resize,
                size.height(),
                size.width(),
                flag("do_rescale") ? number("rescale_factor", ImageConfig.TO_UNIT) : 1,
                normalize ? colors("image_mean", ImageConfig.OPENAI_MEAN) : List.of(0., 0., 0.),
                normalize ? colors("image_std", ImageConfig.OPENAI_STD) : List.of(1., 1., 1.));
    }

    static String write(ImageConfig config) {
        JsonObject json = new JsonObject();
        json.addProperty("image_processor_type", "CLIPImageProcessor");
        json.addProperty("do_convert_rgb", true);
        json.addProperty("do_resize", !(config.resize() instanceof Resize.Keep));
        if (config.resize() instanceof Resize.ShortestEdge edge) {
            JsonObject size = new JsonObject();
            size.addProperty("shortest_edge", edge.pixels());
            json.add("size", size);
        } else if (config.resize() instanceof Resize.Exact exact) {
            json.add("size", size(exact.height(), exact.width()));
        }
        json.addProperty("resample", BICUBIC);
        json.addProperty("do_center_crop", true);
        json.add("crop_size", size(config.height(), config.width()));
        json.addProperty("do_rescale", true);
        json.addProperty("rescale_factor", config.rescaleFactor());
        json.addProperty("do_normalize", true);
        json.add("image_mean", colors(config.mean()));
        json.add("image_std", colors(config.std()));
        return new GsonBuilder().setPrettyPrinting().create().toJson(json) + "\n";
    }

    private static JsonObject size(int height, int width) {
        JsonObject size = new JsonObject();
        size.addProperty("height", height);
        size.addProperty("width", width);
        return size;
    }

    private static JsonArray colors(List<Double> values) {
        JsonArray array = new JsonArray();
        values.forEach(array::add);
        return array;
    }

    private void checkKind() {
        for (String key : List.of("image_processor_type", "feature_extractor_type")) {
            if (has(key) && !KIND.matcher(json.get(key).getAsString()).matches()) {
                throw unsupported(key + " " + json.get(key) + " is not a CLIP processor");
            }
        }
    }

    /** Refuses steps between or after the ones that are known here. */
    private void checkSteps() {
        if (set("do_pad")) {
            throw unsupported("do_pad true, must be false");
        }
        if (has("data_format") && !json.get("data_format").getAsString().equals("channels_first")) {
            throw unsupported(
                    "data_format " + json.get("data_format") + ", must be channels_first");
        }
    }

    private Resize resize() {
        checkFilter();
        JsonElement size = json.get("size");
        if (set("use_square_size")) {
            return new Resize.Exact(DEFAULT_SIZE, DEFAULT_SIZE);
        }
        if (!has("size")) {
            return new Resize.ShortestEdge(DEFAULT_SIZE);
        }
        if (size.isJsonPrimitive() && !set("default_to_square")) {
            return new Resize.ShortestEdge(size.getAsInt());
        }
        if (size instanceof JsonObject object && keys(object).equals(Set.of("shortest_edge"))) {
            return new Resize.ShortestEdge(object.get("shortest_edge").getAsInt());
        }
        return square("size");
    }

    private void checkFilter() {
        if (!json.has("resample")) {
            return;
        }
        if (!has("resample")) {
            throw unsupported("resample null, must be 3 (bicubic)");
        }
        String given = json.get("resample").getAsString();
        int number =
                json.getAsJsonPrimitive("resample").isString()
                        ? FILTERS.indexOf(given.toLowerCase(Locale.ROOT))
                        : json.get("resample").getAsInt();
        if (number != BICUBIC) {
            boolean known = number >= 0 && number < FILTERS.size();
            throw unsupported(
                    "resample "
                            + json.get("resample")
                            + (known ? " (" + FILTERS.get(number) + ")" : "")
                            + ", must be 3 (bicubic)");
        }
    }

    /** The keys that have a value: transformers 5 writes the others as null. */
    private static Set<String> keys(JsonObject object) {
        return object.entrySet().stream()
                .filter(entry -> !entry.getValue().isJsonNull())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    /** Reads n, [height, width] or {"height": .., "width": ..}. */
    private Resize.Exact square(String key) {
        JsonElement size = json.get(key);
        if (!has(key)) {
            return new Resize.Exact(DEFAULT_SIZE, DEFAULT_SIZE);
        }
        if (size.isJsonPrimitive()) {
            return new Resize.Exact(size.getAsInt(), size.getAsInt());
        }
        if (size instanceof JsonArray pair && pair.size() == 2) {
            return new Resize.Exact(pair.get(0).getAsInt(), pair.get(1).getAsInt());
        }
        if (size instanceof JsonObject object && keys(object).equals(Set.of("height", "width"))) {
            return new Resize.Exact(
                    object.get("height").getAsInt(), object.get("width").getAsInt());
        }
        throw unsupported(key + " " + size);
    }

    private Resize.Exact uncropped(Resize resize) {
        if (resize instanceof Resize.Exact exact) {
            return exact;
        }
        throw unsupported(
                "no center crop with size " + json.get("size") + ": results differ in size");
    }

    private boolean set(String key) {
        return has(key) && json.get(key).getAsBoolean();
    }

    /** A step is done unless it is switched off; null switches it off in every transformers. */
    private boolean flag(String key) {
        return !json.has(key) || set(key);
    }

    private double number(String key, double otherwise) {
        return has(key) ? json.get(key).getAsDouble() : otherwise;
    }

    /** Reads a value for each color, or one for all. */
    private List<Double> colors(String key, List<Double> otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        if (json.get(key) instanceof JsonArray values) {
            return values.asList().stream().map(JsonElement::getAsDouble).toList();
        }
        return Collections.nCopies(3, json.get(key).getAsDouble());
    }

    private boolean has(String key) {
        return json.has(key) && !json.get(key).isJsonNull();
    }

    private IllegalArgumentException unsupported(String what) {
        return new IllegalArgumentException(
                "ClipImageConfig: " + file + " is not supported: " + what);
    }
}
