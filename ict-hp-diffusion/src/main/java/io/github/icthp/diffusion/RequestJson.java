package io.github.icthp.diffusion;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.diffusion.adapter.Style;
import io.github.icthp.diffusion.model.PictureSizes;

import java.util.Map;

/** The request that makes one picture, and how it was made, as JSON. */
final class RequestJson {

    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    /** Read back as a note: files that a style names may be elsewhere by then. */
    private static final String STYLES = "styles";

    private RequestJson() {}

    static String write(GenerationRequest request, Map<String, String> provenance) {
        JsonObject json = new JsonObject();
        json.addProperty("prompt", request.prompts().get(0));
        request.negative().ifPresent(text -> json.addProperty("negative", text));
        json.addProperty("steps", request.steps());
        request.guidance().ifPresent(scale -> json.addProperty("guidance", scale));
        json.addProperty("trueGuidance", request.trueGuidance());
        json.addProperty("guidanceRescale", request.guidanceRescale());
        json.add("sizes", GSON.toJsonTree(request.sizes()));
        request.size()
                .ifPresent(
                        size -> {
                            json.addProperty("width", size.width());
                            json.addProperty("height", size.height());
                        });
        json.addProperty("seed", request.seed());
        if (!request.styles().isEmpty()) {
            json.add(
                    STYLES,
                    GSON.toJsonTree(request.styles().stream().map(Style::description).toList()));
        }
        json.add("notes", GSON.toJsonTree(request.notes()));
        json.add("provenance", GSON.toJsonTree(provenance));
        return GSON.toJson(json);
    }

    static GenerationRequest read(String text, String source) {
        try {
            JsonObject json = JsonParser.parseString(text).getAsJsonObject();
            GenerationRequest.Builder request =
                    GenerationRequest.builder()
                            .prompt(json.get("prompt").getAsString())
                            .steps(json.get("steps").getAsInt())
                            .trueGuidance(json.get("trueGuidance").getAsDouble())
                            .size(json.get("width").getAsInt(), json.get("height").getAsInt())
                            .seed(json.get("seed").getAsLong())
                            .batch(1);
            if (json.has("negative")) {
                request.negative(json.get("negative").getAsString());
            }
            if (json.has("guidanceRescale")) {
                request.guidanceRescale(json.get("guidanceRescale").getAsDouble());
            }
            if (json.has("sizes")) {
                request.sizes(GSON.fromJson(json.get("sizes"), PictureSizes[].class));
            }
            if (json.has("guidance")) {
                request.guidance(json.get("guidance").getAsDouble());
            }
            json.getAsJsonObject("notes")
                    .entrySet()
                    .forEach(e -> request.note(e.getKey(), e.getValue().getAsString()));
            if (json.has(STYLES)) {
                request.note(STYLES, json.get(STYLES).toString());
            }
            return request.build();
        } catch (JsonParseException
                | IllegalStateException
                | ClassCastException
                | NullPointerException
                | NumberFormatException e) {
            throw new IllegalArgumentException(
                    "GeneratedImage: the request in " + source + " is damaged: " + text, e);
        }
    }
}
