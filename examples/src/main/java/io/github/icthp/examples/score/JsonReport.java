package io.github.icthp.examples.score;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;

import io.github.icthp.RewardScore;
import io.github.icthp.examples.console.Messages;
import io.github.icthp.examples.console.StandardOutput;

import java.io.PrintWriter;

/**
 * One JSON object a line: {@code image, prompt}, the parts of the model's kind such as {@code ict}
 * and {@code hp}, {@code combined} if there are several, {@code assumption} if something was
 * assumed about the weights; or {@code image, error}.
 */
final class JsonReport implements ScoreReport {

    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    private final PrintWriter out;
    private final String assumption;

    /**
     * Begins.
     *
     * @param out takes the lines
     * @param assumption what no file said of the weights and was assumed, which every line repeats;
     *     or an empty string
     */
    JsonReport(PrintWriter out, String assumption) {
        this.out = out;
        this.assumption = assumption;
    }

    @Override
    public void add(RewardScore score) {
        JsonObject line = new JsonObject();
        line.addProperty("image", score.image());
        score.error()
                .ifPresentOrElse(
                        failure -> line.addProperty("error", Messages.of(failure)),
                        () -> parts(line, score));
        StandardOutput.line(out, GSON.toJson(line));
    }

    private void parts(JsonObject line, RewardScore score) {
        if (score.kind().readsPrompt() || !score.prompt().isEmpty()) {
            line.addProperty("prompt", score.prompt());
        }
        for (String part : score.kind().parts()) {
            line.addProperty(part, score.part(part));
        }
        if (score.kind().parts().size() > 1) {
            line.addProperty("combined", score.value());
        }
        if (!assumption.isEmpty()) {
            line.addProperty("assumption", assumption);
        }
    }
}
