package io.github.icthp.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.ImageSource;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

import javax.imageio.ImageIO;

class PickHighWriterTest {

    private static final String PROMPT = "line\nbreak\t\"quote\" \\ 小龙 🐉 \u2028 ";

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"ar-EG", "mr-IN-u-nu-deva"})
    void namesPicturesInNoLocale(String locale) throws IOException {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag(locale));
        try {
            whatIsWrittenIsReadBack("jsonl");
        } finally {
            Locale.setDefault(before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jsonl", "parquet"})
    void whatIsWrittenIsReadBack(String ending) throws IOException {
        PickHighLayout layout = PickHighLayout.of(folder, Split.TEST, ending);
        try (PickHighWriter writer = PickHighWriter.labeled(layout)) {
            writer.write(triplet(0).withTargets(new IctTargets(-0.1, 1, 0.25, 1.0 / 3)));
            writer.write(triplet(5).withTargets(new IctTargets(0, 0.5, 0.1, 0.2)));
            assertThat(layout.table()).doesNotExist();
            assertThat(writer.finish()).isEqualTo(2);
        }
        try (PickHighDataset data = PickHighDataset.open(folder, Split.TEST)) {
            assertThat(data.size()).hasValue(2);
            PreferenceTriplet first = data.get(0);
            assertThat(first.easyPrompt()).isEqualTo(PROMPT + 0);
            assertThat(first.refinedPrompt()).isEmpty();
            assertThat(first.targets()).contains(new IctTargets(0, 1, 0.25, 1.0 / 3));
            assertThat(data.get(1).easyPrompt()).isEqualTo(PROMPT + 5);
            assertThat(data.get(1).images().ranked())
                    .extracting(ImageSource::name)
                    .containsExactly(
                            folder.resolve("pick_easy_img/test/000001_0.png").toString(),
                            folder.resolve("pick_easy_img/test/000001_1.jpg").toString(),
                            folder.resolve("pick_refine_img/test/000001.png").toString());
            Path drawing = ((ImageSource.File) first.images().refined()).path();
            assertThat(ImageIO.read(drawing.toFile()).getRGB(1, 2)).isEqualTo(0xff102030);
        }
        assertThat(layout.table().getParent()).isDirectoryNotContaining("glob:**unfinished");
    }

    @Test
    void aTableWithoutLabelsHasNone() throws IOException {
        PickHighLayout layout = PickHighLayout.of(folder, Split.VAL, "jsonl");
        try (PickHighWriter writer = PickHighWriter.unlabeled(layout)) {
            writer.write(triplet(0).withTargets(new IctTargets(0, 0, 0, 0)));
            writer.finish();
        }
        try (PickHighDataset data = PickHighDataset.open(layout)) {
            assertThat(data.isLabeled()).isFalse();
            assertThat(data.get(0).targets()).isEmpty();
        }
    }

    @Test
    void anUnfinishedTableNeverAppears() throws IOException {
        PickHighLayout layout = PickHighLayout.of(folder, Split.TRAIN, "parquet");
        try (PickHighWriter writer = PickHighWriter.labeled(layout)) {
            assertThatThrownBy(() -> writer.write(triplet(0)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no targets");
        }
        assertThat(layout.table().getParent()).isEmptyDirectory();
        assertThatThrownBy(() -> PickHighDataset.open(folder, Split.TRAIN))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("train.pkl");
    }

    @Test
    void twoTablesForOneSplitAreRefusedAndSoAreOtherEndings() throws IOException {
        for (String ending : List.of("jsonl", "parquet")) {
            try (PickHighWriter writer =
                    PickHighWriter.unlabeled(PickHighLayout.of(folder, Split.TRAIN, ending))) {
                writer.finish();
            }
        }
        assertThatThrownBy(() -> PickHighDataset.open(folder, Split.TRAIN))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("2 tables");
        assertThatThrownBy(
                        () -> PickHighWriter.labeled(PickHighLayout.of(folder, Split.VAL, "pkl")))
                .isInstanceOf(DatasetException.class)
                .hasMessageContaining("parquet");
    }

    private static PreferenceTriplet triplet(long row) {
        BufferedImage drawing = new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB);
        drawing.setRGB(1, 2, 0x102030);
        ImageSource drawn = new ImageSource.Drawn("drawn " + row, () -> drawing);
        byte[] jpeg = {(byte) 0xff, (byte) 0xd8, (byte) 0xff, 0, 1, 2, 3};
        return new PreferenceTriplet(
                row,
                PROMPT + row,
                "",
                new TripletImages(drawn, new ImageSource.Encoded("encoded", () -> jpeg), drawn));
    }
}
