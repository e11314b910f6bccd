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

    private static final List<String> ANOMALIES =
            List.of("trending on a gallery", "4k", "by nobody", "watermark", "highly detailed");

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
     * Writes the base prompts as a table in pickapic_v2's manner, and their pictures beside it.
     *
     * @param folder where to; a table that is there already stays
     * @return the table
     * @throws IOException if it cannot be written
     */
    public Path write(Path folder) throws IOException {
        Path table = FolderFiles.make(folder).resolve("base-prompts.jsonl");
        if (Files.exists(table)) {
            return table;
        }
        StringBuilder lines = new StringBuilder();
        for (int row = 0; row < rows; row++) {
            Scene scene = scenes.scene(row);
            int preferred = (int) Math.floorMod(scene.seed(), 2L);
            String name = String.format(Locale.ROOT, "%06d_", row);
            write(scene.preferred(), folder.resolve(name + preferred + ".png"));
            write(scene.rejected(), folder.resolve(name + (1 - preferred) + ".png"));
            lines.append(
                    String.format(
                            Locale.ROOT,
                            "{\"caption\": \"%s\", \"image_0\": \"%s0.png\", \"image_1\":"
                                    + " \"%s1.png\", \"label_0\": %d}%n",
                            scene.easyPrompt(),
                            name,
                            name,
                            1 - preferred));
        }
        DurableFiles.write(table, lines.toString().replace("\r\n", "\n"));
        return table;
    }

    private static void write(BufferedImage image, Path file) throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        DurableFiles.write(file, png.toByteArray());
    }

    /**
     * Adds style words to prompts, some of which fit and some of which do not: Prompt-Extend's part
     * without its weights.
     *
     * @param prompts base prompts
     * @param seeds a seed for each
     * @return the extended prompts
     */
    public List<String> extend(List<String> prompts, long[] seeds) {
        String[] extended = new String[seeds.length];
        for (int i = 0; i < seeds.length; i++) {
            SceneStyle style = GrammarAnswers.style(prompts.get(i) + seeds[i]);
            int anomaly = (int) Math.floorMod(seeds[i], (long) ANOMALIES.size());
            extended[i] =
                    prompts.get(i)
                            + ", "
                            + style.material().phrase()
                            + ", "
                            + style.light().phrase()
                            + ", "
                            + ANOMALIES.get(anomaly);
        }
        return List.of(extended);
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
