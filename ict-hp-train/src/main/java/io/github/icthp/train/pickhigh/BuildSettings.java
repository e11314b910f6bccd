package io.github.icthp.train.pickhigh;

import io.github.icthp.RewardModel;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** All settings of a build, as {@link PickHighBuild} collects them. */
final class BuildSettings {

    final Path source;
    final Path folder;
    long sample;
    int longest = 30;
    long seed;
    Optional<Path> templates = Optional.empty();
    Optional<PromptExtension> extension = Optional.empty();
    String extensionName = "none";
    Optional<LanguageModel> languageModel = Optional.empty();
    boolean verify = true;
    Optional<PromptRenderer> renderer = Optional.empty();
    Optional<RewardModel> clip = Optional.empty();
    String clipName = "none";
    double validation;
    int parallel = 8;
    double perMinute;
    int tries = 6;
    Duration pause = Duration.ofSeconds(1);
    double inputPrice;
    double outputPrice;
    int part = 200;
    boolean retryFailed;
    BuildListener listener = (step, rows, total) -> {};

    BuildSettings(Path source, Path folder) {
        this.source = source;
        this.folder = folder;
    }

    double cost(long input, long output) {
        return input / 1e6 * inputPrice + output / 1e6 * outputPrice;
    }
}
