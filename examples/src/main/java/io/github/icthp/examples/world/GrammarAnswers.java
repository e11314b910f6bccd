package io.github.icthp.examples.world;

import com.google.common.hash.Hashing;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Answers the requests of a build by the drawn world's grammar, as {@link Planted} says. */
final class GrammarAnswers {

    private static final Pattern BASE = Pattern.compile("(?m)^Base prompt: (.*)$");
    private static final Pattern REFINED = Pattern.compile("(?m)^Refined prompt: (.*)$");

    /** The base prompt that a request is about. */
    static String base(String request) {
        return group(BASE, request);
    }

    private static String group(Pattern pattern, String request) {
        Matcher matcher = pattern.matcher(request);
        return matcher.find() ? matcher.group(1).strip() : "";
    }

    /** Answers a request. */
    String answer(String instructions, String request) {
        String base = base(request);
        Planted planted = Planted.of(base);
        boolean repair = instructions.startsWith("You answered");
        boolean verify = group(REFINED, request).length() > 0;
        if (verify) {
            return verdict(base, group(REFINED, request));
        }
        String good = refined(base, prompt(base, planted), planted == Planted.REFUSED);
        return switch (planted) {
            case REFUSED_IN_WORDS -> "I'm sorry, but I can't help with that prompt.";
            case REPAIRED -> repair ? good : "Sure! Here is the prompt:\n" + good + "\nEnjoy.";
            case UNREADABLE -> good.substring(0, good.length() - 20);
            default -> good;
        };
    }

    private static String prompt(String base, Planted planted) {
        String style = style(base).phrase();
        return switch (planted) {
            case LOST -> changed(base) + " " + style;
            case CONFLICT -> base + " beside a gray elephant, " + style;
            case WORD -> base + " " + style + ", gore";
            default -> base + " " + style;
        };
    }

    /** A style for a prompt, always the same. */
    static SceneStyle style(String base) {
        long seed = Hashing.murmur3_128(81).hashString(base, StandardCharsets.UTF_8).asLong();
        SceneGrammar grammar = new SceneGrammar(new SplittableRandom(seed));
        return new SceneStyle(
                grammar.pick(Material.values()),
                grammar.pick(Backdrop.values()),
                grammar.pick(Light.values()));
    }

    /** The prompt with another color for the first one in it. */
    private static String changed(String base) {
        for (Color color : Color.values()) {
            if (words(base).contains(color.word())) {
                Color other =
                        Arrays.stream(Color.values())
                                .filter(c -> !words(base).contains(c.word()))
                                .findFirst()
                                .orElseThrow();
                return base.replaceFirst("\\b" + color.word() + "\\b", other.word());
            }
        }
        return base;
    }

    private static String refined(String base, String prompt, boolean refused) {
        JsonObject json = new JsonObject();
        json.addProperty(
                "reasoning",
                "The base prompt asks for "
                        + base
                        + ". Words about sites and sizes of the draft are no style. A material, a"
                        + " backdrop and a light suit it.");
        JsonArray dropped = new JsonArray();
        dropped.add("trending on a gallery");
        json.add("dropped", dropped);
        json.addProperty("refused", refused);
        json.addProperty("refined", refused ? "" : prompt);
        return json.toString();
    }

    /** Kept: every word of the base prompt. No conflict: no word that the world does not know. */
    private static String verdict(String base, String refined) {
        Set<String> known = WorldLanguage.words();
        List<String> lost = words(base).stream().filter(w -> !words(refined).contains(w)).toList();
        List<String> strange = words(refined).stream().filter(w -> !known.contains(w)).toList();
        JsonObject json = new JsonObject();
        json.addProperty(
                "reasoning",
                "Words of the base prompt that are missing: "
                        + lost
                        + "; foreign ones: "
                        + strange);
        json.addProperty("concepts_kept", lost.isEmpty());
        json.addProperty("conflict_added", !strange.isEmpty());
        return json.toString();
    }

    private static List<String> words(String prompt) {
        return Stream.of(prompt.split("[^a-z]+")).filter(w -> !w.isEmpty()).toList();
    }

    /** The style that a refined prompt names. */
    static SceneStyle styleOf(String refined) {
        return new SceneStyle(
                named(Material.values(), Material::phrase, refined),
                named(Backdrop.values(), Backdrop::phrase, refined),
                named(Light.values(), Light::phrase, refined));
    }

    private static <T> T named(
            T[] values, java.util.function.Function<T, String> phrase, String refined) {
        return Arrays.stream(values)
                .filter(value -> refined.contains(phrase.apply(value)))
                .findFirst()
                .orElse(values[0]);
    }
}
