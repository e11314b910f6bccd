package io.github.icthp.weights.hub;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.weights.JsonProblem;
import io.github.icthp.weights.hub.HubException.Reason;

import java.util.ArrayList;
import java.util.List;

/**
 * What the hub tells of a model: {@code {"sha": …, "siblings": [{"rfilename": …}, …]}}.
 *
 * @param commit the commit that the revision stands for
 * @param files the paths of all its files, each of which stays within the model
 */
record HubDescription(String commit, List<String> files) {

    static HubDescription parse(String json, String what) {
        try {
            JsonElement root = JsonParser.parseString(json);
            String commit = text(root, "sha");
            if (!HubId.isCommit(commit)) {
                throw new JsonParseException("'" + commit + "' is no commit");
            }
            List<String> files = new ArrayList<>();
            for (JsonElement sibling : member(root, "siblings").getAsJsonArray()) {
                files.add(HubNames.requireRelative(text(sibling, "rfilename"), "a file's name"));
            }
            return new HubDescription(commit, List.copyOf(files));
        } catch (JsonParseException | IllegalStateException | IllegalArgumentException e) {
            throw new HubException(
                    Reason.DAMAGED,
                    what + ": the hub's list of files is damaged (" + JsonProblem.of(e) + ")",
                    e);
        }
    }

    private static String text(JsonElement object, String name) {
        return member(object, name).getAsString();
    }

    private static JsonElement member(JsonElement object, String name) {
        JsonElement member = object.getAsJsonObject().get(name);
        if (member == null || member.isJsonNull()) {
            throw new JsonParseException("'" + name + "' is missing");
        }
        return member;
    }
}
