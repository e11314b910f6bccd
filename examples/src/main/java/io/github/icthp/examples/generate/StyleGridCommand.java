package io.github.icthp.examples.generate;

import io.github.icthp.ImageSource;
import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.diffusion.GeneratedImage;
import io.github.icthp.diffusion.GenerationListener;
import io.github.icthp.diffusion.GenerationRequest;
import io.github.icthp.diffusion.adapter.Style;
import io.github.icthp.diffusion.adapter.StyleAdapter;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.ProgressLine;
import io.github.icthp.examples.console.Terminal;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.console.Version;
import io.github.icthp.examples.options.PipelineOptions;
import io.github.icthp.files.DurableFiles;
import io.github.icthp.files.FolderFiles;
import io.github.icthp.image.ImageDecoder;
import io.github.icthp.image.RgbImage;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import javax.imageio.ImageIO;

/** Draws prompts in the styles of pictures, as several image encoders read them. */
@Command(
        name = "style-grid",
        description = {
            "Draws prompts in the styles of pictures, one column an image encoder: the adapter's own,"
                    + " and those of ICT and HP where their weights are named.",
            "Figure 14 of the paper compares them so."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class StyleGridCommand implements Callable<Integer> {

    private static final int USUAL_STEPS = 28;

    @Spec private CommandSpec spec;

    @Mixin private PipelineOptions model = new PipelineOptions();

    @Mixin private StyleOptions styles = new StyleOptions();

    @Option(
            names = "--prompt",
            paramLabel = "P",
            required = true,
            description = "what to show; may be given several times")
    private List<String> prompts = List.of();

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "of every picture, so that columns differ in nothing else; default: 0")
    private long seed;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "28",
            description = "denoising steps; default: ${DEFAULT-VALUE}")
    private int steps = USUAL_STEPS;

    @Option(
            names = "--guidance",
            paramLabel = "S",
            description = "classifier-free guidance; default: 7.5 for SD1.5 and SD2, 5 for SDXL")
    private @Nullable Double guidance;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            defaultValue = "style-grid.png",
            description = "the picture of the grid; default: ${DEFAULT-VALUE}")
    private Path out = Path.of("style-grid.png");

    @Override
    public Integer call() {
        styles.requirePicturesAndAdapter();
        Map<String, StyleAdapter> encoders = encoders();
        prepareFolder();
        try (DiffusionPipeline pipeline = model.open(builder -> builder)) {
            encoders.values().forEach(read -> check(pipeline, styles.style(read)));
            write(drawn(pipeline, encoders));
        }
        spec.commandLine().getOut().println(out);
        spec.commandLine().getOut().flush();
        return ExitCode.DONE;
    }

    private Map<String, StyleAdapter> encoders() {
        Map<String, StyleAdapter> encoders = new LinkedHashMap<>();
        if (styles.opened().hasBase()) {
            encoders.put("CLIP", styles.opened());
        }
        if (styles.names(StyleOptions.ICT)) {
            encoders.put("ICT", styles.with(styles.ictTower()));
        }
        if (styles.names(StyleOptions.HP)) {
            encoders.put("HP", styles.with(styles.hpTower()));
        }
        if (encoders.isEmpty()) {
            throw new UnusableException(
                    "no image encoder: none lies beside the adapter; name --style-base DIR, --ict DIR"
                            + " or --hp DIR");
        }
        return encoders;
    }

    private void check(DiffusionPipeline pipeline, Style style) {
        try {
            pipeline.check(style);
        } catch (RuntimeException e) {
            throw new UnusableException(e);
        }
        styles.tellShift(style);
    }

    private BufferedImage drawn(DiffusionPipeline pipeline, Map<String, StyleAdapter> encoders) {
        List<String> columns = new ArrayList<>(List.of("style"));
        columns.addAll(encoders.keySet());
        List<LabeledGrid.Row> rows = new ArrayList<>();
        long batches = (long) styles.pictures().size() * encoders.size() * prompts.size();
        try (ProgressLine bar =
                ProgressLine.of("denoising", batches * steps, " steps", Terminal.ERRORS)) {
            for (ImageSource picture : styles.pictures()) {
                List<List<BufferedImage>> made = new ArrayList<>();
                encoders.values().forEach(read -> made.add(pictures(pipeline, read, picture, bar)));
                for (int i = 0; i < prompts.size(); i++) {
                    List<BufferedImage> cells = new ArrayList<>(List.of(decoded(picture)));
                    for (List<BufferedImage> column : made) {
                        cells.add(column.get(i));
                    }
                    rows.add(new LabeledGrid.Row(prompts.get(i), cells));
                }
            }
        } catch (RuntimeException e) {
            throw new UnusableException(e);
        }
        return LabeledGrid.draw(columns, rows);
    }

    private static BufferedImage decoded(ImageSource picture) {
        RgbImage rgb = picture.input().decode(ImageDecoder.standard());
        BufferedImage image =
                new BufferedImage(rgb.width(), rgb.height(), BufferedImage.TYPE_INT_RGB);
        byte[] samples = rgb.rgb();
        for (int i = 0; i < rgb.width() * rgb.height(); i++) {
            int color =
                    (samples[3 * i] & 255) << 16
                            | (samples[3 * i + 1] & 255) << 8
                            | (samples[3 * i + 2] & 255);
            image.setRGB(i % rgb.width(), i / rgb.width(), color);
        }
        return image;
    }

    /** One picture of each prompt, all from the same noise. */
    private List<BufferedImage> pictures(
            DiffusionPipeline pipeline, StyleAdapter read, ImageSource picture, ProgressLine bar) {
        List<BufferedImage> made = new ArrayList<>();
        Style all = styles.style(read);
        Style one = new Style(read, List.of(picture), all.scale());
        for (String prompt : prompts) {
            GenerationRequest.Builder request =
                    GenerationRequest.builder()
                            .prompt(prompt)
                            .steps(steps)
                            .seed(seed)
                            .batch(1)
                            .style(one);
            if (guidance != null) {
                request.guidance(guidance);
            }
            model.size().ifPresent(size -> request.size(size.width(), size.height()));
            for (GeneratedImage image : pipeline.generate(request.build(), listener(bar))) {
                made.add(image.image());
            }
        }
        return made;
    }

    private static GenerationListener listener(ProgressLine bar) {
        return progress -> bar.step();
    }

    private void prepareFolder() {
        try {
            FolderFiles.make(out.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw new UnusableException("--out: the folder of " + out + " cannot be made: " + e);
        }
    }

    private void write(BufferedImage grid) {
        try {
            DurableFiles.write(out, file -> ImageIO.write(grid, "png", file.toFile()));
        } catch (IOException e) {
            throw new UnusableException("--out: " + out + " cannot be written: " + e);
        }
    }
}
