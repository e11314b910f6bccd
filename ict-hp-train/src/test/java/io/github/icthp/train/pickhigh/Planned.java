package io.github.icthp.train.pickhigh;

import com.google.common.collect.ConcurrentHashMultiset;
import com.google.common.collect.Multiset;

import io.github.icthp.train.pickhigh.LanguageModelException.Kind;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import javax.imageio.ImageIO;

/**
 * A language model whose answers follow from a word of the base prompt, and base prompts with such
 * words, each with two pictures.
 */
final class Planned implements LanguageModel {

    /** What a prompt with such a word comes to. */
    enum Plan {
        GOOD,
        FENCED,
        REPAIRED,
        TWICE,
        REFUSED,
        WORDS,
        WITHHELD,
        GORE,
        LOST,
        CONFLICT,
        FLAKY,
        DEAD,
        ILL;

        boolean kept() {
            return switch (this) {
                case GOOD, FENCED, REPAIRED, FLAKY -> true;
                default -> false;
            };
        }
    }

    final Multiset<String> asked = ConcurrentHashMultiset.create();
    private final int flakes;
    volatile boolean down;

    Planned(int flakes) {
        this.flakes = flakes;
    }

    @Override
    public String name() {
        return "planned";
    }

    /** Writes base prompts, the plans taking turns. */
    static Path source(Path folder, int rows) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < 2; k++) {
                BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
                image.setRGB(i % 8, k, 0xff0000 + i);
                ByteArrayOutputStream png = new ByteArrayOutputStream();
                ImageIO.write(image, "png", png);
                Files.write(folder.resolve(i + "_" + k + ".png"), png.toByteArray());
            }
            lines.append(
                    String.format(
                            java.util.Locale.ROOT,
                            "{\"caption\": \"%s number %d\", \"image_0\": \"%d_0.png\","
                                    + " \"image_1\": \"%d_1.png\", \"label_0\": %d}%n",
                            plan(i).name().toLowerCase(java.util.Locale.ROOT),
                            i,
                            i,
                            i,
                            i % 2));
        }
        return Files.writeString(folder.resolve("base.jsonl"), lines.toString());
    }

    static Plan plan(int row) {
        return Plan.values()[row % Plan.values().length];
    }

    static PromptRenderer renderer() {
        return new PromptRenderer() {
            @Override
            public String description() {
                return "one color a seed";
            }

            @Override
            public void render(List<Picture> pictures) throws IOException {
                for (Picture picture : pictures) {
                    if (picture.prompt().startsWith("ill")) {
                        throw new IOException("out of paint");
                    }
                    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
                    image.setRGB(1, 1, (int) (picture.seed() & 0xffffff));
                    ByteArrayOutputStream png = new ByteArrayOutputStream();
                    ImageIO.write(image, "png", png);
                    io.github.icthp.files.DurableFiles.write(picture.file(), png.toByteArray());
                }
            }
        };
    }

    @Override
    public Answer ask(String instructions, String request) throws LanguageModelException {
        int times = asked.add(request, 1);
        if (down) {
            throw new LanguageModelException(Kind.TRANSIENT, "the server is down");
        }
        Plan plan = Plan.GOOD;
        for (Plan other : Plan.values()) {
            if (request.contains(
                    "Base prompt: " + other.name().toLowerCase(java.util.Locale.ROOT))) {
                plan = other;
            }
        }
        String base = request.replaceAll("(?s).*Base prompt: ([^\\n]*).*", "$1");
        boolean repair = instructions.contains("cannot be read");
        boolean verify = instructions.contains("You check") || request.contains("You check");
        if (plan == Plan.DEAD || (plan == Plan.FLAKY && times < flakes)) {
            throw new LanguageModelException(Kind.TRANSIENT, "HTTP 500");
        }
        if (plan == Plan.WITHHELD) {
            return new Answer("", true, 10, 0);
        }
        String text = verify ? verdict(plan) : refined(plan, base, repair);
        return new Answer(text, false, 10, text.getBytes(StandardCharsets.UTF_8).length);
    }

    private static String verdict(Plan plan) {
        return "{\"reasoning\": \"r\", \"concepts_kept\": "
                + (plan != Plan.LOST)
                + ", \"conflict_added\": "
                + (plan == Plan.CONFLICT)
                + "}";
    }

    private static String refined(Plan plan, String base, boolean repair) {
        String good =
                "{\"reasoning\": \"r\", \"dropped\": [], \"refused\": "
                        + (plan == Plan.REFUSED)
                        + ", \"refined\": \""
                        + base
                        + " in soft light"
                        + (plan == Plan.GORE ? ", gore" : "")
                        + "\"}";
        return switch (plan) {
            case FENCED -> "```json\n" + good + "\n```";
            case REPAIRED -> repair ? good : "Here you are: " + good;
            case TWICE -> good.substring(0, good.length() - 3);
            case WORDS -> "I\u2019m sorry, but I can't help with that.";
            default -> good;
        };
    }
}
