package io.github.icthp.examples;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Looks at adapter files and converts them. */
@Command(
        name = "lora",
        description = "Looks at LoRA files and converts them.",
        subcommands = {LoraInspectCommand.class, LoraConvertCommand.class},
        mixinStandardHelpOptions = true,
        versionProvider = IctHp.Version.class)
final class LoraCommand implements Runnable {

    @Spec private CommandSpec spec;

    /** Without a verb there is nothing to do. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name a verb: inspect or convert");
    }
}
