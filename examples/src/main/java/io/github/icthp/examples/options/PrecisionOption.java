package io.github.icthp.examples.options;

import io.github.icthp.Precision;

import picocli.CommandLine.Option;

/** In which type networks that are not trained compute. */
public final class PrecisionOption {

    @Option(
            names = "--precision",
            paramLabel = "TYPE",
            defaultValue = "auto",
            description =
                    "fp32, bf16, fp16 or auto (bf16 where the hardware has it); default:"
                            + " ${DEFAULT-VALUE}")
    private Precision precision = Precision.AUTO;

    /** Returns the type to compute in. */
    public Precision precision() {
        return precision;
    }
}
