package io.github.icthp.examples.lora;

import io.github.icthp.diffusion.lora.LoraConversion;
import io.github.icthp.diffusion.lora.LoraFormat;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.console.Version;
import io.github.icthp.examples.console.WarningLine;
import io.github.icthp.examples.options.Architecture;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.concurrent.Callable;

/** Writes an adapter file in another naming. */
@Command(
        name = "convert",
        description = "Writes a LoRA file in another naming.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class LoraConvertCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    /** For which model: its names are those of its layers. */
    static final class Model {

        @Option(
                names = "--model",
                paramLabel = "DIR",
                description = "the model that the adapter is for: a folder as diffusers writes it")
        private @Nullable Path folder;

        @Option(
                names = "--architecture",
                paramLabel = "NAME",
                description = "or what kind it is: ${COMPLETION-CANDIDATES}")
        private @Nullable Architecture architecture;
    }

    @ArgGroup(multiplicity = "1")
    private Model model = new Model();

    @Option(
            names = "--to",
            paramLabel = "FORMAT",
            required = true,
            description = "diffusers, peft or kohya")
    private LoraFormat format = LoraFormat.DIFFUSERS;

    @Parameters(index = "0", paramLabel = "FILE", description = "the adapter to read")
    private Path from = Path.of("");

    @Parameters(
            index = "1",
            paramLabel = "TO",
            description = "the .safetensors file or folder to write; for peft a folder")
    private Path to = Path.of("");

    @Override
    public Integer call() {
        try {
            var linears =
                    model.folder != null
                            ? Architecture.linears(model.folder)
                            : java.util.Objects.requireNonNull(model.architecture).linears();
            LoraConversion.convert(from, linears, to, format)
                    .warning()
                    .ifPresent(new WarningLine(spec.commandLine()));
            spec.commandLine().getOut().println("written: " + to);
            spec.commandLine().getOut().flush();
            return ExitCode.DONE;
        } catch (RuntimeException e) {
            throw new UnusableException(e);
        }
    }
}
