package io.github.icthp.examples.demo;

import io.github.icthp.diffusion.adapter.FeatureShift;
import io.github.icthp.examples.world.Scene;
import io.github.icthp.report.HtmlPage;
import io.github.icthp.report.PictureGrid;
import io.github.icthp.report.Table;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What exchanging the image encoder does to styles, beside the paper's Figure 14.
 *
 * @param found ours
 */
record PaperStyleSection(PaperStyle found) {

    private static final String NONE = "–";

    /** How near the features of ICT and HP lie to CLIP's. */
    String summary() {
        return text(
                "features: cosine %.2f, %.2f",
                found.reading(DemoRewards.ICT).cosine().orElseThrow(),
                found.reading(DemoRewards.HP).cosine().orElseThrow());
    }

    void addTo(HtmlPage page) {
        page.section("Style by a swapped image encoder")
                .paragraph(
                        "In Figure 14 an IP-Adapter of SD1.5, trained with CLIP's features, reads"
                                + " those of ICT and HP in their place, and pictures take another"
                                + " style. No picture is painted so here: IP-Adapters attach to"
                                + " UNets, the miniature is a transformer as SD3's, and no UNet has"
                                + " learned the drawn world. What is shown is whether a reader made"
                                + " for CLIP's features understands the others: of "
                                + text("%,d", found.choice())
                                + " rich drawings it finds the one whose CLIP features have the"
                                + " greatest cosine with the features that it is handed.");
        page.table(shifts());
        page.note(
                text(
                        "%d rich drawings of held-out scenes. Cosine and length are means of the"
                                + " features against CLIP's of the same drawing; far: the share"
                                + " with a cosine below %s or a length beyond a factor of %s, of"
                                + " which the library warns. Aligned: each dimension has the mean"
                                + " and deviation of CLIP's over as many drawings of training"
                                + " scenes.",
                        found.pictures(), FeatureShift.LEAST_COSINE, FeatureShift.LARGEST_RATIO));
        page.paragraph(
                "How often the drawing that is found has the same trait, in %, with the difference"
                        + " from CLIP's own features and its 95 % interval. Backdrop, material and"
                        + " light are the style; color and shape are those of the first thing.");
        page.table(traits());
        page.pictures(new PictureGrid(found.shown().stream().map(PaperStyleSection::row).toList()));
    }

    private Table shifts() {
        Table table = Table.of("features of", "cosine", "length", "far");
        for (PaperStyle.Reading reading : found.readings()) {
            table =
                    table.row(
                            reading.encoder(),
                            reading.cosine().map(value -> text("%.3f", value)).orElse(NONE),
                            reading.normRatio().map(value -> text("%.2f", value)).orElse(NONE),
                            reading.shifts().isEmpty()
                                    ? NONE
                                    : text(
                                            "%.0f %%",
                                            100.0 * reading.warnings() / reading.shifts().size()));
        }
        return table;
    }

    private Table traits() {
        List<String> header = new ArrayList<>(List.of("features of"));
        header.addAll(PaperStyle.traitNames());
        Table table = new Table(header, List.of());
        for (PaperStyle.Reading reading : found.readings()) {
            List<String> cells = new ArrayList<>(List.of(reading.encoder()));
            for (PairedDifference share : reading.traits().values()) {
                cells.add(
                        reading.shifts().isEmpty()
                                ? text("%.0f", 100 * share.after())
                                : text(
                                        "%.0f (%+.0f to %+.0f)",
                                        100 * share.after(),
                                        100 * share.low(),
                                        100 * share.high()));
            }
            table = table.row(cells.toArray(String[]::new));
        }
        List<String> chance = new ArrayList<>(List.of("by chance"));
        found.chance().values().forEach(share -> chance.add(text("%.0f", 100 * share)));
        return table.row(chance.toArray(String[]::new));
    }

    private static PictureGrid.Row row(PaperStyle.Shown shown) {
        List<PictureGrid.Picture> pictures = new ArrayList<>();
        pictures.add(picture("handed over", shown.scene()));
        shown.found().forEach((name, scene) -> pictures.add(picture("by " + name, scene)));
        return new PictureGrid.Row(shown.scene().refinedPrompt(), pictures);
    }

    private static PictureGrid.Picture picture(String caption, Scene scene) {
        return new PictureGrid.Picture(caption, scene.refined());
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
