package io.github.icthp.examples.train;

import io.github.icthp.examples.console.Version;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains reward models. */
@Command(
        name = "train",
        description = "Trains ICT or HP from preference triplets.",
        subcommands = {TrainIctCommand.class, TrainHpCommand.class},
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class TrainCommand implements Runnable {

    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name what to train: ict or hp");
    }
}
