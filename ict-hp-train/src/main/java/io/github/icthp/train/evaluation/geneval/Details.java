package io.github.icthp.train.evaluation.geneval;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The objects of a picture as the benchmark writes them beside its verdict. */
final class Details {

    private static final int NUMBERS = 5;

    private Details() {}

    /** Writes {@code {class: [[x1, y1, x2, y2, score]]}} in Python's form. */
    static String of(FoundObjects objects) {
        JsonObject json = new JsonObject();
        objects.byClass()
                .forEach(
                        (name, found) -> {
                            JsonArray boxes = new JsonArray();
                            found.forEach(object -> boxes.add(box(object.box())));
                            json.add(name, boxes);
                        });
        return PythonJson.dumps(json);
    }

    private static JsonArray box(Detection box) {
        JsonArray numbers = new JsonArray(NUMBERS);
        numbers.add((double) box.left());
        numbers.add((double) box.top());
        numbers.add((double) box.right());
        numbers.add((double) box.bottom());
        numbers.add((double) box.score());
        return numbers;
    }

    /** Reads what {@link #of} wrote. */
    static Map<String, List<Detection>> read(String details) {
        Map<String, List<Detection>> read = new LinkedHashMap<>();
        JsonObject json = JsonParser.parseString(details).getAsJsonObject();
        for (Map.Entry<String, JsonElement> entry : json.entrySet()) {
            List<Detection> boxes = new ArrayList<>();
            for (JsonElement element : entry.getValue().getAsJsonArray()) {
                JsonArray box = element.getAsJsonArray();
                boxes.add(
                        new Detection(
                                box.get(0).getAsFloat(),
                                box.get(1).getAsFloat(),
                                box.get(2).getAsFloat(),
                                box.get(3).getAsFloat(),
                                box.get(4).getAsFloat()));
            }
            read.put(entry.getKey(), boxes);
        }
        return read;
    }
}
