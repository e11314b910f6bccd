package io.github.icthp.djl;

import com.google.common.base.Preconditions;
import com.google.common.primitives.Ints;

import io.github.icthp.BuiltInRewards;
import io.github.icthp.Precision;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardModelBuilder;
import io.github.icthp.reward.RewardDefinition;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a criteria says about a reward model.
 *
 * @param path the model path
 * @param arguments the criteria's arguments; those that are not ours belong to DJL
 */
record RewardArguments(Path path, Map<String, String> arguments) {

    /**
     * Reads the arguments.
     *
     * @return a builder that lacks the device alone
     * @throws IllegalArgumentException if a value cannot be
     */
    RewardModelBuilder builder() {
        RewardDefinition definition = definition();
        RewardModelBuilder builder = RewardModel.of(definition);
        for (String part : definition.requires()) {
            builder.part(part, argument(part).orElse(path.toString()));
        }
        argument("base").ifPresent(builder::base);
        argument("precision")
                .ifPresent(name -> builder.precision(choice(Precision.class, "precision", name)));
        argument("batch").ifPresent(number -> builder.batch(number(number)));
        argument("openClipPrompts").ifPresent(flag -> builder.openClipPrompts(flag(flag)));
        return builder;
    }

    private Optional<String> argument(String name) {
        return Optional.ofNullable(arguments.get(name));
    }

    private RewardDefinition definition() {
        String name = argument("reward").orElseGet(this::rewardOfPath);
        try {
            return BuiltInRewards.named(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("Criteria: argument reward: " + e.getMessage(), e);
        }
    }

    private String rewardOfPath() {
        boolean holdsHp = holds("HP") || holds("hp_backbone");
        boolean hp = holdsHp || argument("hp").isPresent();
        boolean ict = !holdsHp || holds("ICT") || argument("ict").isPresent();
        return ict && hp ? "combined" : hp ? "hp" : "ict";
    }

    private boolean holds(String folder) {
        return Files.isDirectory(path.resolve(folder));
    }

    private static <E extends Enum<E>> E choice(Class<E> type, String argument, String value) {
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> constant.name().equalsIgnoreCase(value))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "Criteria: argument "
                                                + argument
                                                + " must be one of "
                                                + Arrays.toString(type.getEnumConstants())
                                                        .toLowerCase(Locale.ROOT)
                                                + ", got '"
                                                + value
                                                + "'"));
    }

    private static int number(String value) {
        Integer number = Ints.tryParse(value);
        Preconditions.checkArgument(
                number != null, "Criteria: argument batch must be a number, got '%s'", value);
        return number;
    }

    private static boolean flag(String value) {
        boolean yes = value.equalsIgnoreCase("true");
        Preconditions.checkArgument(
                yes || value.equalsIgnoreCase("false"),
                "Criteria: argument openClipPrompts must be true or false, got '%s'",
                value);
        return yes;
    }
}
