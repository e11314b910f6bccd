package io.github.icthp.examples.finetune;

import io.github.icthp.diffusion.draft.Unrolling;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.finetune.RangeConverter.Range;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.util.stream.Stream;

/** Which denoising steps the gradient passes through: one of these. */
final class UnrollingOptions {

    @Option(
            names = "--k",
            paramLabel = "K",
            description = "DRaFT-K: differentiate the last K steps; default: 3, FLUX.1 1")
    private @Nullable Integer k;

    @Option(
            names = "--random-k",
            paramLabel = "MIN-MAX",
            converter = RangeConverter.class,
            description = "AlignProp: a K drawn for each batch of pictures, for example 1-8")
    private @Nullable Range randomK;

    @Option(
            names = "--renoise",
            paramLabel = "N",
            description =
                    "DRaFT-LV: the last step, and that step again N times from the result with fresh"
                            + " noise")
    private @Nullable Integer renoise;

    @Option(
            names = "--jump",
            paramLabel = "MIN-MAX",
            converter = RangeConverter.class,
            description =
                    "ReFL: stop at a step drawn from these, counted from 0, and jump to the picture"
                            + " that it points to")
    private @Nullable Range jump;

    /** Returns what was asked for. */
    Unrolling or(Unrolling standard) {
        if (Stream.of(k, randomK, renoise, jump).flatMap(Stream::ofNullable).count() > 1) {
            throw new UnusableException(
                    "--k, --random-k, --renoise and --jump are mutually exclusive: name one");
        }
        if (k != null) {
            return new Unrolling.LastK(k);
        } else if (randomK != null) {
            return new Unrolling.RandomK(randomK.first(), randomK.last());
        } else if (renoise != null) {
            return new Unrolling.LowVariance(renoise);
        }
        return jump == null ? standard : new Unrolling.Jump(jump.first(), jump.last());
    }
}
