package io.github.icthp.examples;

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
        versionProvider = IctHp.Version.class)
final class TrainCommand implements Runnable {

    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name what to train: ict or hp");
    }
}
