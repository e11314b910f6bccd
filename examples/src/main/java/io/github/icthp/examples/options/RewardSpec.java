package io.github.icthp.examples.options;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;

import io.github.icthp.BuiltInRewards;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardModelBuilder;
import io.github.icthp.examples.console.DownloadBar;
import io.github.icthp.examples.console.Messages;
import io.github.icthp.examples.console.Terminal;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.reward.RewardDefinition;
import io.github.icthp.reward.RewardSources;
import io.github.icthp.weights.hub.Hub;
import io.github.icthp.weights.hub.HubSettings;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A scorer as the command line names it: {@code NAME=LOCATION[:WEIGHT]}.
 *
 * <p>A scorer of several parts takes their locations in order, separated by commas, or by the
 * parts' names: {@code aesthetic=CLIP,HEAD} is {@code aesthetic=head=HEAD,CLIP}. One folder in the
 * released layout does for {@code ict-hp}. {@code base=DIR} among them is where configuration and
 * tokenizer lie. A weight follows the last colon if a number does; other colons belong to a path.
 *
 * @param name one of {@link BuiltInRewards#names}
 * @param parts the location of every part by the part's name
 * @param weight what the scorer counts in a sum, if it was said
 */
public record RewardSpec(String name, ImmutableMap<String, String> parts, OptionalDouble weight) {

    /** How messages and help texts spell it. */
    public static final String FORM = "NAME=LOCATION[:WEIGHT]";

    private static final Pattern NUMBER =
            Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");
    private static final Pattern NOT_FINITE =
            Pattern.compile("[+-]?(nan|inf|infinity)", Pattern.CASE_INSENSITIVE);

    /** One folder in the released layout holds all of these. */
    private static final Set<String> RELEASED = Set.of(RewardSources.ICT, RewardSources.HP);

    /**
     * Reads a scorer.
     *
     * @throws IllegalArgumentException if it is not spelled so; it says what was expected
     */
    public static RewardSpec parse(String text) {
        OptionalDouble weight = weight(text);
        String scorer = weight.isPresent() ? text.substring(0, text.lastIndexOf(':')) : text;
        int equals = scorer.indexOf('=');
        String name = (equals < 0 ? scorer : scorer.substring(0, equals)).toLowerCase(Locale.ROOT);
        Locations locations = new Locations(name, definition(name, text).requires());
        return new RewardSpec(
                name,
                equals < 0 ? locations.none(text) : locations.of(scorer.substring(equals + 1)),
                weight);
    }

    private static OptionalDouble weight(String text) {
        String last = text.substring(text.lastIndexOf(':') + 1);
        if (last.length() == text.length()) {
            return OptionalDouble.empty();
        }
        boolean number = NUMBER.matcher(last).matches();
        double value = number ? Double.parseDouble(last) : Double.NaN;
        if (NOT_FINITE.matcher(last).matches() || (number && Double.isInfinite(value))) {
            throw new IllegalArgumentException(
                    "expected a finite weight after the last colon, got " + last);
        }
        return number ? OptionalDouble.of(value) : OptionalDouble.empty();
    }

    private static RewardDefinition definition(String name, String text) {
        if (!BuiltInRewards.names().contains(name)) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "expected %s with a NAME among %s, got '%s'",
                            FORM,
                            String.join(", ", BuiltInRewards.names()),
                            text));
        }
        return BuiltInRewards.named(name);
    }

    /** Returns what is measured and needed. */
    public RewardDefinition definition() {
        return BuiltInRewards.named(name);
    }

    /** Returns whether a model of this scorer has all parts of another, from the same locations. */
    public boolean holds(RewardSpec other) {
        return parts.entrySet().containsAll(other.parts.entrySet())
                && definition().kind().parts().containsAll(other.definition().kind().parts())
                && parts.containsKey(RewardSources.BASE)
                        == other.parts.containsKey(RewardSources.BASE);
    }

    /** Loads the model. */
    public RewardModel open(DeviceOptions where, int batch) {
        return open(
                builder ->
                        builder.device(where.device()).precision(where.precision()).batch(batch));
    }

    /**
     * Loads the model.
     *
     * @param settings sets everything but the parts' locations
     * @throws UnusableException if it cannot be loaded; the message names this scorer
     */
    public RewardModel open(UnaryOperator<RewardModelBuilder> settings) {
        try {
            RewardModelBuilder builder =
                    RewardModel.of(definition())
                            .hub(
                                    new Hub(
                                            HubSettings.ofEnvironment(),
                                            new DownloadBar(Terminal.ERRORS)));
            parts.forEach(builder::part);
            return settings.apply(builder).build();
        } catch (UnusableException e) {
            throw e;
        } catch (RuntimeException e) {
            UnusableException named = new UnusableException(name + ": " + Messages.of(e));
            named.initCause(e);
            throw named;
        }
    }

    /** Returns it as it is read, with all parts named. */
    @Override
    public String toString() {
        String locations =
                parts.entrySet().stream()
                        .map(part -> part.getKey() + "=" + part.getValue())
                        .collect(Collectors.joining(","));
        return name
                + (locations.isEmpty() ? "" : "=" + locations)
                + (weight.isPresent() ? ":" + weight.getAsDouble() : "");
    }

    /**
     * How the locations of a scorer are read.
     *
     * @param name the scorer's name
     * @param required its parts
     */
    private record Locations(String name, List<String> required) {

        ImmutableMap<String, String> none(String text) {
            if (!required.isEmpty()) {
                throw new IllegalArgumentException("expected " + form() + ", got '" + text + "'");
            }
            return ImmutableMap.of();
        }

        ImmutableMap<String, String> of(String text) {
            Map<String, String> found = new LinkedHashMap<>();
            List<String> unnamed = new ArrayList<>();
            for (String piece : Splitter.on(',').split(text)) {
                String part = partOf(piece);
                String location = part.isEmpty() ? piece : piece.substring(part.length() + 1);
                if (location.isBlank()) {
                    throw wrong("an empty location in '" + text + "'");
                }
                if (part.isEmpty()) {
                    unnamed.add(location);
                } else if (found.put(part, location) != null) {
                    throw wrong("two locations of " + part);
                }
            }
            place(unnamed, found);
            return ordered(found);
        }

        private void place(List<String> unnamed, Map<String, String> found) {
            List<String> open = required.stream().filter(part -> !found.containsKey(part)).toList();
            if (unnamed.size() == 1 && RELEASED.containsAll(required)) {
                open.forEach(part -> found.put(part, unnamed.get(0)));
                return;
            }
            if (unnamed.size() != open.size()) {
                throw wrong(
                        unnamed.size()
                                + (unnamed.size() == 1 ? " location" : " locations")
                                + (unnamed.size() > open.size()
                                        ? "; a path with a comma needs another name or a link"
                                        : ""));
            }
            for (int i = 0; i < open.size(); i++) {
                found.put(open.get(i), unnamed.get(i));
            }
        }

        private ImmutableMap<String, String> ordered(Map<String, String> found) {
            ImmutableMap.Builder<String, String> ordered = ImmutableMap.builder();
            names().filter(found::containsKey).forEach(part -> ordered.put(part, found.get(part)));
            return ordered.buildOrThrow();
        }

        /** The part that a piece names, or an empty string. */
        private String partOf(String piece) {
            return names().filter(part -> piece.startsWith(part + "=")).findFirst().orElse("");
        }

        private Stream<String> names() {
            return Stream.concat(required.stream(), Stream.of(RewardSources.BASE));
        }

        private String form() {
            String locations =
                    required.stream()
                            .map(part -> part.toUpperCase(Locale.ROOT))
                            .collect(Collectors.joining(","));
            String all = name + (required.isEmpty() ? "" : "=" + locations) + "[:WEIGHT]";
            return RELEASED.containsAll(required) && required.size() > 1
                    ? all + ", or " + name + "=DIR with both"
                    : all;
        }

        private IllegalArgumentException wrong(String got) {
            return new IllegalArgumentException("expected " + form() + ", got " + got);
        }
    }

    /** Reads the value of an option. */
    public static final class Converter implements ITypeConverter<RewardSpec> {

        @Override
        public RewardSpec convert(String value) {
            try {
                return parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            }
        }
    }
}
