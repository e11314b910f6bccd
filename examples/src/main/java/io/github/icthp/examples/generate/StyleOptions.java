package io.github.icthp.examples.generate;

import io.github.icthp.ImageSource;
import io.github.icthp.clip.VisionSource;
import io.github.icthp.diffusion.adapter.FeatureShift;
import io.github.icthp.diffusion.adapter.Style;
import io.github.icthp.diffusion.adapter.StyleAdapter;
import io.github.icthp.diffusion.adapter.StyleScale;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.console.WarningLine;
import io.github.icthp.examples.options.WeightOptions;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Reference pictures, the adapter that reads them, and by which image encoder. */
final class StyleOptions {

    static final String ICT = "ict";
    static final String HP = "hp";

    private static final List<String> PICTURES =
            List.of(".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command = CommandSpec.create();

    @Option(
            names = "--style",
            paramLabel = "PICTURE",
            split = ",",
            description = "pictures whose style is taken, for SD1.5, SD2 and SDXL")
    private List<Path> pictures = List.of();

    @Option(
            names = "--style-adapter",
            paramLabel = "FILE",
            description =
                    "an IP-Adapter, plain or Plus, as published: .safetensors or .bin, or a folder"
                            + " that holds one")
    private @Nullable Path adapter;

    @Option(
            names = "--style-encoder",
            paramLabel = "ict|hp|DIR",
            description =
                    "what reads the pictures: the vision tower of --ict or of --hp, or a folder;"
                            + " default: the image_encoder beside the adapter")
    private @Nullable String encoder;

    @Option(
            names = "--style-base",
            paramLabel = "DIR",
            description =
                    "the encoder that the adapter was trained with, where it does not lie beside it")
    private @Nullable Path base;

    @Option(
            names = "--style-scale",
            paramLabel = "S",
            description = "how strong the style is, at least 0; default: 1")
    private @Nullable Double scale;

    @Option(
            names = "--style-blocks",
            paramLabel = "NAMES",
            description =
                    "where: all, style or layout (InstantStyle's, SDXL), down, mid, up, up.block_1,"
                            + " up.block_1.0; several with commas, each may have =FACTOR; default:"
                            + " all")
    private @Nullable String blocks;

    @Option(
            names = "--style-align",
            paramLabel = "DIR",
            description =
                    "bring another encoder's features back to where the adapter expects them: mean"
                            + " and deviation over the pictures of this folder")
    private @Nullable Path sample;

    @Mixin private WeightOptions weights = new WeightOptions();

    /** Returns the style; empty if no option names any. */
    Optional<Style> style() {
        if (pictures.isEmpty() && adapter == null) {
            requireUnused();
            return Optional.empty();
        }
        requirePicturesAndAdapter();
        boolean ict = ICT.equals(encoder);
        boolean hp = HP.equals(encoder);
        weights.requireUse(ict, "--style-encoder ict", hp, "--style-encoder hp");
        if (encoder == null) {
            return Optional.of(style(opened()));
        }
        VisionSource tower = ict ? ictTower() : hp ? hpTower() : find(Path.of(encoder));
        return Optional.of(style(with(tower)));
    }

    private void requireUnused() {
        Object[] others = {encoder, base, scale, blocks, sample};
        if (Stream.of(others).anyMatch(Objects::nonNull) || !weights.isEmpty()) {
            throw new UnusableException(
                    "options of a style need --style PICTURE and --style-adapter FILE");
        }
    }

    /** Fails unless both are named. */
    void requirePicturesAndAdapter() {
        if (adapter == null) {
            throw new UnusableException(
                    "--style needs --style-adapter FILE, the IP-Adapter that reads the picture");
        }
        if (pictures.isEmpty()) {
            throw new UnusableException(
                    "--style-adapter needs --style PICTURE, whose style is to be taken");
        }
    }

    /** Returns the reference pictures. */
    List<ImageSource> pictures() {
        return pictures.stream().map(ImageSource::of).toList();
    }

    /** Opens the adapter with its own encoder. */
    StyleAdapter opened() {
        return tried(
                () -> {
                    StyleAdapter own = StyleAdapter.open(Objects.requireNonNull(adapter));
                    return base == null ? own : own.baseEncoder(base);
                });
    }

    /** Opens the adapter with another encoder, aligned if that was asked for. */
    StyleAdapter with(VisionSource tower) {
        StyleAdapter exchanged = tried(() -> opened().imageEncoder(tower));
        return sample == null ? exchanged : tried(() -> exchanged.aligned(sample()));
    }

    /** Returns whether ICT's or HP's weights are named. */
    boolean names(String model) {
        return weights.names(model);
    }

    VisionSource ictTower() {
        return tried(weights::ictTower);
    }

    VisionSource hpTower() {
        return tried(weights::hpTower);
    }

    private static VisionSource find(Path folder) {
        return tried(() -> VisionSource.find(folder));
    }

    /** Returns the reference pictures as an adapter reads them, at the scale that was asked for. */
    Style style(StyleAdapter read) {
        double strength = scale == null ? 1 : scale;
        return tried(
                () ->
                        read.with(pictures())
                                .scaled(
                                        blocks == null
                                                ? StyleScale.of(strength)
                                                : StyleScale.parse(blocks, strength)));
    }

    /** Tells how far an exchanged encoder's features lie, and warns over a bound. */
    List<FeatureShift> tellShift(Style style) {
        StyleAdapter read = style.adapter();
        if (!read.isExchanged()) {
            return List.of();
        }
        WarningLine warning = new WarningLine(command.commandLine());
        if (!read.hasBase()) {
            warning.accept(
                    "how far the features of "
                            + read.encoder().name()
                            + " lie from those that the adapter was trained with is not known: no"
                            + " encoder lies beside it; name that by --style-base DIR");
            return List.of();
        }
        List<FeatureShift> shifts = tried(() -> read.shift(style.pictures()));
        for (FeatureShift shift : shifts) {
            shift.warning()
                    .ifPresentOrElse(
                            warning,
                            () -> {
                                command.commandLine().getErr().println("note: " + shift);
                                command.commandLine().getErr().flush();
                            });
        }
        return shifts;
    }

    private List<ImageSource> sample() {
        Path folder = Objects.requireNonNull(sample);
        try (Stream<Path> files = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
            return files.filter(StyleOptions::isPicture).sorted().map(ImageSource::of).toList();
        } catch (IOException e) {
            throw new UnusableException("--style-align: " + folder + " cannot be listed: " + e);
        }
    }

    private static boolean isPicture(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        return Files.isRegularFile(file) && PICTURES.stream().anyMatch(name::endsWith);
    }

    private interface Body<T> {
        T run();
    }

    private static <T> T tried(Body<T> body) {
        try {
            return body.run();
        } catch (UnusableException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new UnusableException(e);
        }
    }
}
