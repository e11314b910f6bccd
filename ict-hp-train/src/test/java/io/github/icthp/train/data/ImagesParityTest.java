package io.github.icthp.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.google.common.hash.Hashing;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.ImageSource;
import io.github.icthp.image.ImageConfig;
import io.github.icthp.image.ImageDecodeException;
import io.github.icthp.image.ImageDecoder;
import io.github.icthp.image.ImageInput;
import io.github.icthp.image.ImageProcessor;
import io.github.icthp.image.RgbImage;
import io.github.icthp.testing.Golden;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The pictures of the golden data set, and those that no loader may take. */
class ImagesParityTest {

    private static final ClipPixelReader PIXELS =
            new ClipPixelReader(ImageProcessor.of(ImageConfig.square(28)));

    @TestFactory
    Stream<DynamicTest> everyPictureDecodesToTheSameBytes() {
        return Arrays.stream(Split.values())
                .map(split -> dynamicTest(split.folder(), () -> decodes(split)));
    }

    private static void decodes(Split split) {
        try (PickHighDataset data = PickHighDataset.open(GoldenTriplets.FOLDER, split)) {
            List<JsonElement> rows = GoldenTriplets.images(split).asList();
            for (int row = 0; row < rows.size(); row++) {
                List<ImageSource> images = data.get(row).images().ranked();
                for (int rank = 0; rank < 3; rank++) {
                    JsonObject expected =
                            rows.get(row)
                                    .getAsJsonObject()
                                    .getAsJsonObject(TripletColumns.IMAGES.get(rank));
                    compare((ImageSource.File) images.get(rank), expected);
                }
            }
        }
    }

    private static void compare(ImageSource.File image, JsonObject expected) {
        RgbImage decoded = ImageDecoder.standard().decode(image.path());
        assertThat(decoded.width()).isEqualTo(expected.get("width").getAsInt());
        assertThat(decoded.height()).isEqualTo(expected.get("height").getAsInt());
        assertThat(Hashing.sha256().hashBytes(decoded.rgb()).toString())
                .as(image.name())
                .isEqualTo(expected.get("sha256_rgb").getAsString());
    }

    @Test
    void loadersGiveWhatTheProcessorGives() {
        try (PickHighDataset data = PickHighDataset.open(GoldenTriplets.FOLDER, Split.TRAIN);
                TripletLoader loader =
                        TripletLoader.of(data, PIXELS).batchSize(4).shuffle(3).epochs(1).build()) {
            while (loader.hasNext()) {
                try (TripletBatch batch = loader.next()) {
                    assertThat(batch.pixels()).isEqualTo(processed(batch));
                }
            }
        }
    }

    /** Prepares a batch's pictures by rank, without the loader. */
    private static ByteBuffer processed(TripletBatch batch) {
        List<ImageInput> pictures = new ArrayList<>();
        for (int rank = 0; rank < 3; rank++) {
            for (PreferenceTriplet triplet : batch.triplets()) {
                ImageSource image = triplet.images().ranked().get(rank);
                pictures.add(ImageInput.of(((ImageSource.File) image).path()));
            }
        }
        return PIXELS.processor().process(pictures).data();
    }

    @TestFactory
    Stream<DynamicTest> badPictures() {
        Path area = Golden.area("dataset/bad");
        JsonObject all = Golden.json(area.resolve("expected.json"));
        return Golden.some(
                        "bad pictures",
                        all.getAsJsonArray("cases").asList().stream()
                                .map(JsonElement::getAsJsonObject)
                                .filter(one -> one.get("file").getAsString().startsWith("images/")))
                .map(
                        one ->
                                dynamicTest(
                                        one.get("file").getAsString(),
                                        () -> badPicture(area, one)));
    }

    private static void badPicture(Path area, JsonObject expected) throws Exception {
        ImageSource image = new ImageSource.File(area.resolve(expected.get("file").getAsString()));
        ByteBuffer pixels =
                ByteBuffer.allocateDirect(PIXELS.bytesPerImage()).order(ByteOrder.nativeOrder());
        if (expected.get("outcome").getAsString().equals("load")) {
            PIXELS.read(image, pixels);
        } else {
            assertThatThrownBy(() -> PIXELS.read(image, pixels))
                    .as(expected.get("why").getAsString())
                    .isInstanceOf(ImageDecodeException.class)
                    .hasMessageContaining(image.name());
        }
    }
}
