package io.github.icthp.examples.options;

import io.github.icthp.clip.ClipArchitecture;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

import java.util.Optional;

/** What CLIP weights are, where no configuration lies beside them. */
public final class ArchitectureOption {

    @Option(
            names = "--architecture",
            paramLabel = "NAME",
            converter = Converter.class,
            description =
                    "what CLIP weights without a configuration are, such as ViT-B-32 (GELU) or"
                            + " ViT-B-32-quickgelu; taken in place of any configuration")
    private @Nullable ClipArchitecture architecture;

    public Optional<ClipArchitecture> named() {
        return Optional.ofNullable(architecture);
    }

    /** Tells a person what was assumed about weights, if anything was. */
    public static void tell(String assumption, CommandLine command) {
        if (!assumption.isEmpty()) {
            command.getErr().println("note: " + assumption);
            command.getErr().flush();
        }
    }

    /** Reads a name as open_clip spells it. */
    static final class Converter implements ITypeConverter<ClipArchitecture> {

        @Override
        public ClipArchitecture convert(String name) {
            try {
                return ClipArchitecture.of(name);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            }
        }
    }
}
