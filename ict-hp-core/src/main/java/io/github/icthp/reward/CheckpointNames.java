package io.github.icthp.reward;

import io.github.icthp.weights.ConfigFile;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * What the names around a checkpoint say of its scorer. PickScore and HPS v2 are fine-tuned from
 * one CLIP ViT-H/14: once a checkpoint is converted to the other's layout, no tensor tells them
 * apart, and their logit scales are alike too.
 */
final class CheckpointNames {

    /** How the hub's cache calls the folder of a model. */
    private static final String OF_THE_HUB = "models--";

    private static final List<Sign> SIGNS =
            List.of(
                    sign(RewardKind.PICK_SCORE, "pick[-_. ]?score"),
                    sign(RewardKind.HPS, "(?<![a-z])hps(?![a-uw-z])"),
                    sign(RewardKind.IMAGE_REWARD, "image[-_. ]?reward"),
                    sign(RewardKind.ICT, "models--8y--ict"));

    private record Sign(RewardKind kind, Pattern pattern) {}

    private record Name(String where, String text) {}

    private CheckpointNames() {}

    private static Sign sign(RewardKind kind, String pattern) {
        return new Sign(kind, Pattern.compile(pattern, Pattern.CASE_INSENSITIVE));
    }

    /**
     * Requires that no name says another scorer; the nearest name that says one counts.
     *
     * @param weights a file or folder of weights
     * @param kind the scorer that they were named for
     * @return what has to be taken on trust because no name says a scorer; or an empty string
     * @throws IllegalArgumentException if a name says another scorer
     */
    static String require(Path weights, RewardKind kind) {
        Path path = weights.toAbsolutePath().normalize();
        Optional<Name> telling = names(path).filter(name -> said(name).isPresent()).findFirst();
        if (telling.isEmpty()) {
            return "that the weights are "
                    + kind.name()
                    + "'s is taken on trust: no name around them says a scorer";
        }
        RewardKind said = said(telling.get()).orElseThrow();
        if (!said.equals(kind)) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "RewardModel of %s: expected %1$s's weights, but by %s '%s' those in %s"
                                    + " are %s's; name this scorer's own weights, or rename them if"
                                    + " they are %1$s's",
                            kind.name(),
                            telling.get().where(),
                            telling.get().text(),
                            weights,
                            said.name()));
        }
        return "";
    }

    /** From the nearest to the farthest: the file, its folder, the hub's model, the base model. */
    private static Stream<Name> names(Path path) {
        boolean folder = Files.isDirectory(path);
        Path around = folder ? path : path.resolveSibling("");
        Stream<Name> own = folder ? Stream.of() : Stream.of(new Name("the file name", last(path)));
        Stream<Name> ofTheHub =
                StreamSupport.stream(path.spliterator(), false)
                        .map(Path::toString)
                        .filter(name -> name.startsWith(OF_THE_HUB))
                        .map(name -> new Name("the hub's folder", name));
        return Stream.of(
                        own,
                        Stream.of(new Name("the folder name", last(around.normalize()))),
                        ofTheHub,
                        origin(around.resolve("config.json")).stream())
                .flatMap(names -> names);
    }

    private static String last(Path path) {
        Path name = path.getFileName();
        return name == null ? "" : name.toString();
    }

    /** What transformers wrote down when it saved a model that it had loaded from there. */
    private static Optional<Name> origin(Path config) {
        return Files.isRegularFile(config)
                ? Optional.of(
                        new Name(
                                "_name_or_path of " + config,
                                ConfigFile.read(config).text("_name_or_path", "")))
                : Optional.empty();
    }

    /** The one scorer that a name says; nothing if it says none, or several. */
    private static Optional<RewardKind> said(Name name) {
        List<RewardKind> kinds =
                SIGNS.stream()
                        .filter(sign -> sign.pattern().matcher(name.text()).find())
                        .map(Sign::kind)
                        .toList();
        return kinds.size() == 1 ? Optional.of(kinds.get(0)) : Optional.empty();
    }
}
