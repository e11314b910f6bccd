package io.github.icthp.examples.finetune;

import ai.djl.Device;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;

import io.github.icthp.Standardization;
import io.github.icthp.diffusion.draft.DraftReplica;
import io.github.icthp.diffusion.draft.ReplicaSource;
import io.github.icthp.examples.console.Arguments;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Opens model and rewards as a command line says. The command line travels, and is read again.
 *
 * @param args a command line with the verb {@code finetune}
 * @param standards how its rewards were standardized, by name
 */
record CommandReplica(ImmutableList<String> args, ImmutableMap<String, Standardization> standards)
        implements ReplicaSource {

    @Override
    public DraftReplica open(Device device) {
        FinetuneCommand command = new FinetuneCommand();
        CommandLine line = new CommandLine(CommandSpec.create()).addSubcommand(command);
        Arguments.takenAsTyped(line).parseArgs(args.toArray(String[]::new));
        return command.replica(device, standards);
    }
}
