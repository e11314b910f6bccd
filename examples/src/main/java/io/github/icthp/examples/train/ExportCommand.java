package io.github.icthp.examples.train;

import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.console.Version;
import io.github.icthp.train.ReleasedLayout;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.concurrent.Callable;

/** Writes trained weights in another layout. */
@Command(
        name = "export",
        description = "Writes ICT's or HP's weights in another layout.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class ExportCommand implements Callable<Integer> {

    private enum Layout {
        RELEASED,
        HUGGINGFACE
    }

    @Spec private CommandSpec spec;

    @Option(
            names = "--layout",
            paramLabel = "NAME",
            defaultValue = "released",
            description =
                    "released: .bin files as the authors' evaluation loads them; huggingface:"
                            + " safetensors; default: ${DEFAULT-VALUE}")
    private Layout layout = Layout.RELEASED;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "where to")
    private Path out = Path.of("");

    @Parameters(
            paramLabel = "MODEL",
            description = "a folder of ICT's weights, or one with hp_backbone and hp_scorer")
    private Path model = Path.of("");

    @Override
    public Integer call() {
        try {
            Path written =
                    layout == Layout.RELEASED
                            ? ReleasedLayout.export(model, out)
                            : ReleasedLayout.toHuggingFace(model, out);
            spec.commandLine().getOut().println("written: " + written);
            return ExitCode.DONE;
        } catch (RuntimeException e) {
            throw new UnusableException(e);
        }
    }
}
