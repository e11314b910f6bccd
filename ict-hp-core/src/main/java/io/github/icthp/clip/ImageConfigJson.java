package io.github.icthp.clip;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.clip.ClipImageConfig.Resize;

import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * Reads the keys of a {@code preprocessor_config.json} as transformers' CLIP processor does, and
 * writes them.
 */
final class ImageConfigJson {

    private static final int BICUBIC = 3;
    private static final int DEFAULT_SIZE = 224;

    private final JsonObject json;
    private final String file;

    ImageConfigJson(JsonObject json, String file) {
        this.json = json;
        this.file = file;
    }

    ClipImageConfig config() {
        checkKind();
        Resize resize = flag("do_resize") ? resize() : new Resize.Keep();
        Resize.Exact size = flag("do_center_crop") ? square("crop_size") : uncropped(resize);
        boolean normalize = flag("do_normalize");
        return new ClipImageConfig(
                resize,
                size.height(),
                size.width(),
                flag("do_rescale") ? number("rescale_factor", ClipImageConfig.TO_UNIT) : 1,
                normalize ? colors("image_mean", ClipImageConfig.OPENAI_MEAN) : List.of(0., 0., 0.),
                normalize ? colors("image_std", ClipImageConfig.OPENAI_STD) : List.of(1., 1., 1.));
    }

    static String write(ClipImageConfig config) {
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
            if (has(key) && !json.get(key).getAsString().contains("CLIP")) {
                throw unsupported(key + " " + json.get(key) + " is not a CLIP processor");
            }
        }
    }

    private Resize resize() {
        if (number("resample", BICUBIC) != BICUBIC) {
            throw unsupported("resample " + json.get("resample") + ", must be 3 (bicubic)");
        }
        JsonElement size = json.get("size");
        if (!has("size")) {
            return new Resize.ShortestEdge(DEFAULT_SIZE);
        }
        if (size.isJsonPrimitive()) {
            return new Resize.ShortestEdge(size.getAsInt());
        }
        if (size instanceof JsonObject object && object.keySet().equals(Set.of("shortest_edge"))) {
            return new Resize.ShortestEdge(object.get("shortest_edge").getAsInt());
        }
        return square("size");
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
        if (size instanceof JsonObject object
                && object.keySet().equals(Set.of("height", "width"))) {
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
                "no centre crop with size " + json.get("size") + ": results differ in size");
    }

    private boolean flag(String key) {
        return !has(key) || json.get(key).getAsBoolean();
    }

    private double number(String key, double otherwise) {
        return has(key) ? json.get(key).getAsDouble() : otherwise;
    }

    /** Reads a value for each colour, or one for all. */
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
