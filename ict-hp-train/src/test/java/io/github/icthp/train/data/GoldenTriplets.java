package io.github.icthp.train.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import io.github.icthp.ImageSource;
import io.github.icthp.testing.Golden;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The reference rows of {@code dataset/pick_high}, and how to compare a data set with them. */
final class GoldenTriplets {

    static final Path FOLDER = Golden.area("dataset/pick_high");

    private static final JsonObject EXPECTED = Golden.json(FOLDER.resolve("expected.json"));

    private GoldenTriplets() {}

    /** Opens another table with the images of a golden split. */
    static PickHighDataset open(Path table, Split split) {
        return PickHighDataset.open(PickHighLayout.of(FOLDER, split, table));
    }

    static JsonArray rows(Split split) {
        return EXPECTED.getAsJsonObject("rows").getAsJsonArray(split.folder());
    }

    static JsonArray images(Split split) {
        return EXPECTED.getAsJsonObject("images").getAsJsonArray(split.folder());
    }

    /** Files of a golden folder with a given ending, in order of name. */
    static List<Path> files(String area, String ending) {
        try (Stream<Path> files = Files.list(Golden.area(area))) {
            List<Path> found = files.filter(p -> p.toString().endsWith(ending)).sorted().toList();
            assertThat(found).as("files of %s ending in %s", area, ending).isNotEmpty();
            return found;
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Compares every row; a column named in {@code narrow} was stored as float32. */
    static void assertSameRows(PickHighDataset data, Split split, List<String> narrow) {
        JsonArray rows = rows(split);
        assertThat(data.size()).hasValue(rows.size());
        assertThat(data.isLabeled()).isTrue();
        for (int i = 0; i < rows.size(); i++) {
            JsonObject row = rows.get(i).getAsJsonObject();
            PreferenceTriplet triplet = data.get(i);
            assertThat(triplet.row()).isEqualTo(i);
            assertThat(triplet.easyPrompt()).isEqualTo(row.get("easy_prompt").getAsString());
            assertThat(triplet.refinedPrompt()).isEqualTo(row.get("refine_prompt").getAsString());
            assertThat(triplet.targets())
                    .contains(
                            new IctTargets(
                                    label(row, "E1", narrow),
                                    label(row, "E2", narrow),
                                    label(row, "R1", narrow),
                                    label(row, "R2", narrow)));
            assertSameImages(triplet, images(split).get(i).getAsJsonObject());
        }
    }

    private static double label(JsonObject row, String column, List<String> narrow) {
        double value = row.get(column).getAsDouble();
        return narrow.contains(column) ? (float) value : value;
    }

    private static void assertSameImages(PreferenceTriplet triplet, JsonObject images) {
        for (int rank = 0; rank < 3; rank++) {
            JsonObject image = images.getAsJsonObject(TripletColumns.IMAGES.get(rank));
            assertThat(triplet.images().ranked().get(rank))
                    .isEqualTo(
                            new ImageSource.File(FOLDER.resolve(image.get("path").getAsString())));
        }
    }
}
