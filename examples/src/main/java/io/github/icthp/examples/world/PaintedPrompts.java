package io.github.icthp.examples.world;

import io.github.icthp.files.DurableFiles;
import io.github.icthp.files.FolderFiles;
import io.github.icthp.train.data.Split;
import io.github.icthp.train.pickhigh.PromptRenderer;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

import javax.imageio.ImageIO;

/**
 * The drawn world as a source of base prompts with two pictures each, and as the painter of refined
 * ones: what a build of a data set needs besides a language model.
 */
public final class PaintedPrompts implements PromptRenderer {

    private final long seed;
    private final int side;
    private final Map<String, SceneContent> contents = new TreeMap<>();
    private final WorldSplit scenes;
    private final int rows;

    /**
     * Makes a source.
     *
     * @param seed the world's seed
     * @param side the pictures' side in pixels
     * @param rows how many scenes it has; some of their prompts are the same
     */
    public PaintedPrompts(long seed, int side, int rows) {
        this.seed = seed;
        this.side = side;
        this.rows = rows;
        this.scenes = DrawnWorld.seed(seed).side(side).split(Split.TRAIN);
        for (int row = 0; row < rows; row++) {
            Scene scene = scenes.scene(row);
            contents.put(scene.easyPrompt(), scene.content());
        }
    }

    /**
     * Returns the base prompts as a table in pickapic_v2's manner.
     *
     * @return lines of JSON; pictures are named {@code 000000_0.png} and so on
     */
    public String table() {
        StringBuilder lines = new StringBuilder();
        for (int row = 0; row < rows; row++) {
            Scene scene = scenes.scene(row);
            String name = name(row);
            lines.append(
                    String.format(
                            Locale.ROOT,
                            "{\"caption\": \"%s\", \"image_0\": \"%s0.png\", \"image_1\":"
                                    + " \"%s1.png\", \"label_0\": %d}\n",
                            scene.easyPrompt(),
                            name,
                            name,
                            1 - preferred(scene)));
        }
        return lines.toString();
    }

    private static String name(int row) {
        return String.format(Locale.ROOT, "%06d_", row);
    }

    private static int preferred(Scene scene) {
        return (int) Math.floorMod(scene.seed(), 2L);
    }

    /**
     * Writes the base prompts as a table, and their pictures beside it.
     *
     * @param folder where to; a table of the same prompts that is there already stays
     * @return the table
     * @throws IOException if it cannot be written
     * @throws IllegalStateException if there is a table of other prompts
     */
    public Path write(Path folder) throws IOException {
        Path table = FolderFiles.make(folder).resolve("base-prompts.jsonl");
        String lines = table();
        if (Files.exists(table)) {
            if (!Files.readString(table).equals(lines)) {
                throw new IllegalStateException(
                        table
                                + " holds the prompts of another sample or seed than "
                                + rows
                                + " of seed "
                                + seed
                                + "; resume with the settings it was begun with, or take another"
                                + " folder");
            }
            return table;
        }
        for (int row = 0; row < rows; row++) {
            Scene scene = scenes.scene(row);
            int preferred = preferred(scene);
            write(scene.preferred(), folder.resolve(name(row) + preferred + ".png"));
            write(scene.rejected(), folder.resolve(name(row) + (1 - preferred) + ".png"));
        }
        DurableFiles.write(table, lines);
        return table;
    }

    private static void write(BufferedImage image, Path file) throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        DurableFiles.write(file, png.toByteArray());
    }

    @Override
    public String description() {
        return String.format(Locale.ROOT, "drawn world %d, side %d", seed, side);
    }

    @Override
    public void render(List<Picture> pictures) throws IOException {
        for (Picture picture : pictures) {
            Scene scene =
                    new Scene(
                            picture.row(),
                            content(picture.prompt()),
                            GrammarAnswers.styleOf(picture.prompt()),
                            side,
                            DrawnWorld.MISSING,
                            picture.seed());
            write(scene.refined(), picture.file());
        }
    }

    /** What the longest base prompt says with which a refined one begins. */
    private SceneContent content(String refined) throws IOException {
        return contents.entrySet().stream()
                .filter(entry -> refined.startsWith(entry.getKey()))
                .max(java.util.Comparator.comparingInt(entry -> entry.getKey().length()))
                .map(Map.Entry::getValue)
                .orElseThrow(() -> new IOException("the world has no scene for: " + refined));
    }
}
