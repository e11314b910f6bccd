package io.github.icthp.examples.demo;

import io.github.icthp.Miniature;
import io.github.icthp.Precision;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardModelBuilder;
import io.github.icthp.examples.console.UnusableException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The reward models of a demonstration, by the names that the paper's tables have. */
final class DemoRewards {

    static final String CLIP = "CLIP";
    static final String ICT = "ICT";
    static final String HP = "HP";
    static final String COMBINED = "ICT-HP";

    private static final String BASE = "base";

    /** Side by side, from the one that punishes rich pictures to its cure. */
    static final List<String> ALL = List.of(CLIP, ICT, HP, COMBINED);

    @Option(
            names = "--models",
            paramLabel = "DIR",
            description =
                    "reward models of one training: base (CLIP, with its config.json), ICT and HP;"
                            + " default: the trained miniatures that come with the library")
    private @Nullable Path models;

    @Option(
            names = "--judge",
            paramLabel = "DIR",
            description =
                    "reward models of another seed, which judge and are never optimized against")
    private @Nullable Path judge;

    /** Opens one of the rewards. */
    RewardModel open(String name) {
        Path folder = folder();
        Path ict = folder.resolve(ICT);
        Path hp = folder.resolve(HP);
        return open(
                switch (name) {
                    case CLIP -> RewardModel.ict().ict(folder.resolve(BASE));
                    case ICT -> RewardModel.ict().ict(ict);
                    case HP -> RewardModel.hp().hp(hp);
                    default -> RewardModel.combined().ict(ict).hp(hp);
                },
                folder);
    }

    /** Says whether reward models were named. */
    boolean named() {
        return models != null;
    }

    /** Takes the reward models of a folder from now on. */
    void use(Path folder) {
        models = folder;
    }

    private Path folder() {
        return models == null ? Miniature.clip().getParent() : models;
    }

    /** Opens the second pair of ICT and HP, if there is one. */
    Optional<RewardModel> openJudge() {
        return Optional.ofNullable(judge)
                .map(
                        folder ->
                                open(
                                        RewardModel.combined()
                                                .ict(folder.resolve(ICT))
                                                .hp(folder.resolve(HP)),
                                        folder));
    }

    private static RewardModel open(RewardModelBuilder builder, Path folder) {
        return builder.base(folder.resolve(BASE)).precision(Precision.FP32).batch(32).build();
    }

    /** Fails before anything is done if a model is missing. */
    void requireThere() {
        List<Path> missing =
                Stream.of(BASE, ICT, HP)
                        .map(folder()::resolve)
                        .filter(folder -> !Files.exists(folder))
                        .toList();
        if (!missing.isEmpty()) {
            throw new UnusableException("demo: these reward models are not there: " + missing);
        }
    }
}
