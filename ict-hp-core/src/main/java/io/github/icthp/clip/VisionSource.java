package io.github.icthp.clip;

import io.github.icthp.image.ImageConfig;
import io.github.icthp.image.ProcessorFile;
import io.github.icthp.weights.Weights;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A CLIP vision tower before it is loaded: of a whole CLIP model, such as ICT or HP's backbone, or
 * saved alone, as IP-Adapter's image encoders are.
 *
 * @param weights a file, or a folder that {@link Weights#open} understands; a text tower in it is
 *     not read
 * @param config the tower's shape; of a tower that was saved alone, the text tower's is
 *     transformers' default and means nothing
 * @param images how pictures are prepared for it
 * @param name what records and messages call it
 */
public record VisionSource(Path weights, ClipConfig config, ImageConfig images, String name) {

    private static final String BACKBONE = "hp_backbone";

    /**
     * Finds a tower.
     *
     * @param path a folder of transformers' CLIPVisionModelWithProjection or CLIPModel, its weights
     *     file, or a folder of HP
     * @return the tower
     * @throws IllegalArgumentException if its configuration is missing or of another kind of model
     * @throws java.io.UncheckedIOException if there are no weights
     */
    public static VisionSource find(Path path) {
        if (Files.isDirectory(path.resolve(BACKBONE))) {
            return ofHp(path, Optional.empty(), Optional.empty());
        }
        Path config = folder(path).resolve(ClipSettings.CONFIG);
        if (Files.isRegularFile(config) && ClipConfigFile.isOfAVisionTower(config)) {
            Weights.locate(path);
            return alone(path, config);
        }
        return of(path.toString(), List.of(path), Optional.empty(), Optional.empty());
    }

    private static Path folder(Path path) {
        return Files.isDirectory(path) ? path : path.toAbsolutePath().resolveSibling("");
    }

    private static VisionSource alone(Path path, Path config) {
        ClipConfig shape = ClipConfigFile.readVision(config);
        ImageConfig images =
                ProcessorFile.find(folder(path))
                        .map(ImageConfig::read)
                        .orElseGet(() -> ImageConfig.square(shape.imageSize()));
        return new VisionSource(path, shape, images, path.toString());
    }

    /**
     * Finds ICT's tower.
     *
     * @param path a weights file, a folder that holds one, or the root of the released layout
     * @param base the folder of the base model's configuration, if it was named
     * @param architecture the architecture, if it was named
     * @return the tower
     * @throws IllegalArgumentException if its configuration is missing
     * @throws java.io.UncheckedIOException if there are no weights
     */
    public static VisionSource ofIct(
            Path path, Optional<Path> base, Optional<ClipArchitecture> architecture) {
        Path own = inReleased(path, "ICT");
        return of("ICT of " + path, List.of(own), base, architecture);
    }

    /**
     * Finds the tower of HP's backbone; its head is not needed.
     *
     * @param path a folder with {@code hp_backbone}, the root of the released layout, or the
     *     backbone's own weights
     * @param base the folder of the base model's configuration, if it was named
     * @param architecture the architecture, if it was named
     * @return the tower
     * @throws IllegalArgumentException if its configuration is missing
     * @throws java.io.UncheckedIOException if there are no weights
     */
    public static VisionSource ofHp(
            Path path, Optional<Path> base, Optional<ClipArchitecture> architecture) {
        Path backbone = inReleased(inReleased(path, "HP"), BACKBONE);
        List<Path> around = new ArrayList<>(List.of(backbone));
        Path folder = folder(backbone).toAbsolutePath().normalize();
        if (folder.endsWith(BACKBONE) && folder.getParent() != null) {
            around.add(folder.getParent());
        }
        return of("HP of " + path, around, base, architecture);
    }

    private static Path inReleased(Path path, String name) {
        Path below = path.resolve(name);
        return Files.isDirectory(below) ? below : path;
    }

    /** Weights first, then where else their configuration may lie. */
    private static VisionSource of(
            String name,
            List<Path> around,
            Optional<Path> base,
            Optional<ClipArchitecture> architecture) {
        Path weights = ClipSettings.weights(around.get(0));
        Weights.locate(weights);
        ClipSettings settings = ClipSettings.find(around, base, architecture);
        return new VisionSource(weights, settings.config(), settings.images(), name);
    }
}
