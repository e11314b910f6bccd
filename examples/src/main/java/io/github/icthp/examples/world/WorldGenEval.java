package io.github.icthp.examples.world;

import com.google.common.base.Preconditions;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import io.github.icthp.train.data.Split;
import io.github.icthp.train.evaluation.geneval.GenEvalPrompt;
import io.github.icthp.train.evaluation.geneval.GenEvalRow;
import io.github.icthp.train.evaluation.geneval.GenEvalRules;
import io.github.icthp.train.evaluation.geneval.GenEvalSettings;
import io.github.icthp.train.evaluation.geneval.PictureDetector;
import io.github.icthp.train.evaluation.geneval.Verdict;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * GenEval's six tasks in the words of the drawn world: its rules and thresholds, but other prompts
 * and the world's own detector. A picture of one thing is judged by its shape and again by its
 * color, a picture of two things by its shapes and again by the color of each.
 *
 * @param scenes what the pictures are of, all of the test part
 */
public record WorldGenEval(List<Scene> scenes) {

    /** The tasks, in the order of the paper's Table 7. */
    public static final List<String> TASKS =
            List.of("single_object", "two_object", "counting", "colors", "position", "color_attr");

    /** Kinds of scenes: one thing, two, several of a kind, two in a relation. */
    private static final int KINDS = 4;

    /**
     * Copies the scenes.
     *
     * @param scenes what the pictures are of
     */
    public WorldGenEval {
        scenes = List.copyOf(scenes);
    }

    /**
     * Chooses scenes.
     *
     * @param world which world
     * @param each pictures of each task
     * @return the benchmark
     * @throws IllegalArgumentException if there shall be none
     */
    public static WorldGenEval of(DrawnWorld world, int each) {
        Preconditions.checkArgument(
                each > 0, "WorldGenEval: pictures of each task must be positive, got %s", each);
        WorldSplit part = world.split(Split.TEST);
        int[] left = new int[KINDS];
        Arrays.fill(left, each);
        List<Scene> chosen = new ArrayList<>();
        for (long row = 0; chosen.size() < KINDS * each; row++) {
            Scene scene = part.scene(row);
            if (left[kind(scene.content())]-- > 0) {
                chosen.add(scene);
            }
        }
        return new WorldGenEval(chosen);
    }

    private static int kind(SceneContent content) {
        if (content.things().size() == 1) {
            return content.things().get(0).count() == 1 ? 0 : 2;
        }
        return content.relation() == Relation.AND ? 1 : 3;
    }

    /**
     * Judges pictures.
     *
     * @param images one of each scene
     * @return results by task, a scene's at the same place for every model
     * @throws IllegalArgumentException if there are more or fewer pictures than scenes
     */
    public List<GenEvalRow> judge(List<BufferedImage> images) {
        Preconditions.checkArgument(
                images.size() == scenes.size(),
                "WorldGenEval: expected %s pictures, got %s",
                scenes.size(),
                images.size());
        List<GenEvalRow> rows = new ArrayList<>();
        for (int i = 0; i < scenes.size(); i++) {
            PictureDetector.Found found = WorldDetector.find(images.get(i));
            for (GenEvalPrompt prompt : prompts(scenes.get(i).content())) {
                rows.add(row(i, prompt, found));
            }
        }
        rows.sort(Comparator.comparingInt(row -> TASKS.indexOf(row.tag())));
        return rows;
    }

    private static GenEvalRow row(int i, GenEvalPrompt prompt, PictureDetector.Found found) {
        Verdict verdict =
                GenEvalRules.GENEVAL.judge(
                        prompt, found.detections(), GenEvalSettings.PUBLISHED, found.colors());
        return new GenEvalRow(
                String.format(Locale.ROOT, "%05d", i),
                prompt.tag(),
                prompt.text(),
                verdict.correct(),
                verdict.reason(),
                prompt.json(),
                "{}",
                OptionalDouble.empty());
    }

    /** The tasks that a content belongs to, with their clauses. */
    static List<GenEvalPrompt> prompts(SceneContent content) {
        Things first = content.things().get(0);
        return switch (kind(content)) {
            case 0 ->
                    List.of(
                            prompt("single_object", content, List.of(clause(first, false))),
                            prompt("colors", content, List.of(clause(first, true))));
            case 1 ->
                    List.of(
                            prompt("two_object", content, clauses(content, false)),
                            prompt("color_attr", content, clauses(content, true)));
            case 2 -> List.of(prompt("counting", content, List.of(clause(first, false))));
            default -> List.of(prompt("position", content, placed(content)));
        };
    }

    private static List<JsonObject> clauses(SceneContent content, boolean color) {
        return content.things().stream().map(things -> clause(things, color)).toList();
    }

    /** The second thing, then the first with its place beside it. */
    private static List<JsonObject> placed(SceneContent content) {
        JsonArray place = new JsonArray();
        place.add(content.relation().phrase());
        place.add(0);
        JsonObject first = clause(content.things().get(0), false);
        first.add("position", place);
        return List.of(clause(content.things().get(1), false), first);
    }

    private static JsonObject clause(Things things, boolean color) {
        JsonObject clause = new JsonObject();
        clause.addProperty("class", things.figure().word(1));
        clause.addProperty("count", things.count());
        if (color) {
            clause.addProperty("color", things.color().word());
        }
        return clause;
    }

    private static GenEvalPrompt prompt(
            String task, SceneContent content, List<JsonObject> include) {
        JsonObject json = new JsonObject();
        json.addProperty("tag", task);
        json.addProperty("prompt", content.prompt());
        JsonArray clauses = new JsonArray();
        include.forEach(clauses::add);
        json.add("include", clauses);
        Things first = content.things().get(0);
        if (first.count() > 1) {
            JsonObject more = new JsonObject();
            more.addProperty("class", first.figure().word(1));
            more.addProperty("count", first.count() + 1);
            JsonArray exclude = new JsonArray();
            exclude.add(more);
            json.add("exclude", exclude);
        }
        return GenEvalPrompt.parse(json.toString());
    }
}
