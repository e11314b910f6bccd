package io.github.icthp;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * How scores were made, so that two numbers can be told comparable or not.
 *
 * @param weights where the weights of each part came from, by the part's name, such as {@code ict}
 * @param precision what the towers computed in
 * @param device where they ran
 * @param imageConvention how images become pixels
 * @param promptConvention how prompts become tokens; an empty string if no prompt is read
 * @param textLength the tokens of a prompt that are read at most; 0 if no prompt is read
 * @param settings where shape, activation and image settings came from: the files, or the name of
 *     an architecture; or an empty string
 * @param assumption what no file said and was assumed, in a sentence such as "activation and image
 *     settings assumed from the shapes and the released layout: ViT-H-14, gelu, OpenAI's mean and
 *     std"; or an empty string
 * @param version versions of this library and of PyTorch
 */
public record ScoreProvenance(
        Map<String, String> weights,
        Precision precision,
        String device,
        String imageConvention,
        String promptConvention,
        int textLength,
        String settings,
        String assumption,
        String version) {

    /**
     * Copies the map.
     *
     * @param weights where weights came from, by part
     * @param precision what the towers computed in
     * @param device where they ran
     * @param imageConvention how images become pixels
     * @param promptConvention how prompts become tokens
     * @param textLength tokens read at most
     * @param settings where the settings came from
     * @param assumption what was assumed
     * @param version versions of this library and of PyTorch
     */
    public ScoreProvenance {
        weights = Map.copyOf(weights);
    }

    /**
     * Returns where ICT's weights came from.
     *
     * @return a file, or an empty string
     */
    public String ict() {
        return weights.getOrDefault("ict", "");
    }

    /**
     * Returns where HP's backbone came from.
     *
     * @return a file, or an empty string
     */
    public String hp() {
        return weights.getOrDefault("hp", "");
    }

    /**
     * Says why scores made so do not compare with others: other weights or conventions, a prompt
     * that is cut elsewhere, a shape that was assumed otherwise, or another precision, whose
     * rounding may be more than what two pictures differ by. Device and version do not matter:
     * there, scores agree up to the last digits.
     *
     * @return what differs, with both values; nothing if they compare
     */
    Optional<String> difference(ScoreProvenance other) {
        Map<String, Function<ScoreProvenance, Object>> facts = new LinkedHashMap<>();
        facts.put("weights", made -> new TreeMap<>(made.weights));
        facts.put("images", ScoreProvenance::imageConvention);
        facts.put("prompts", ScoreProvenance::promptConvention);
        facts.put("tokens of a prompt", ScoreProvenance::textLength);
        facts.put("settings", ScoreProvenance::settings);
        facts.put("assumption", ScoreProvenance::assumption);
        facts.put("precision", ScoreProvenance::precision);
        return facts.entrySet().stream()
                .filter(fact -> !fact.getValue().apply(this).equals(fact.getValue().apply(other)))
                .findFirst()
                .map(
                        fact ->
                                fact.getKey()
                                        + " "
                                        + fact.getValue().apply(this)
                                        + " and "
                                        + fact.getValue().apply(other));
    }
}
