package io.github.icthp.examples.lora;

import io.github.icthp.examples.console.Version;

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
        versionProvider = Version.class)
public final class LoraCommand implements Runnable {

    @Spec private CommandSpec spec;

    /** Without a verb there is nothing to do. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name a verb: inspect or convert");
    }
}
