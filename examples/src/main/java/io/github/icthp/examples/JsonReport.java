package io.github.icthp.examples;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;

import io.github.icthp.RewardKind;
import io.github.icthp.RewardScore;

import java.io.PrintWriter;

/**
 * One JSON object a line: {@code image, prompt, ict, hp, combined}, parts that the model does not
 * measure left out, or {@code image, error}.
 */
final class JsonReport implements ScoreReport {

    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    private final PrintWriter out;

    JsonReport(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void add(RewardScore score) {
        JsonObject line = new JsonObject();
        line.addProperty("image", score.image());
        score.error()
                .ifPresentOrElse(
                        failure -> line.addProperty("error", Messages.of(failure)),
                        () -> parts(line, score));
        StandardOut.line(out, GSON.toJson(line));
    }

    private static void parts(JsonObject line, RewardScore score) {
        if (score.kind() != RewardKind.HP || !score.prompt().isEmpty()) {
            line.addProperty("prompt", score.prompt());
        }
        if (score.kind() != RewardKind.HP) {
            line.addProperty("ict", score.ict());
        }
        if (score.kind() != RewardKind.ICT) {
            line.addProperty("hp", score.hp());
        }
        if (score.kind() == RewardKind.COMBINED) {
            line.addProperty("combined", score.combined());
        }
    }
}
