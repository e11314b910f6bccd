package io.github.icthp.blip;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.image.ImageDecoder;
import io.github.icthp.image.ImageInput;
import io.github.icthp.image.ImageProcessor;
import io.github.icthp.image.PixelBatch;
import io.github.icthp.image.RgbImage;
import io.github.icthp.testing.Devices;
import io.github.icthp.testing.Expected;
import io.github.icthp.testing.Golden;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** One folder of the golden area scorers: its files, and what comes out of them. */
public final class ScorerCase {

    /** The case's folder. */
    public final Path folder;

    /** Its {@code case.json}. */
    public final JsonObject json;

    public ScorerCase(Path folder) {
        this.folder = folder;
        this.json = Golden.json(folder.resolve("case.json"));
    }

    public Path file(String name) {
        return folder.resolve(name);
    }

    public Path scorers() {
        return Golden.area("scorers");
    }

    public List<Path> files(String field) {
        return strings(field).stream().map(scorers()::resolve).toList();
    }

    public List<String> strings(String field) {
        return json.getAsJsonArray(field).asList().stream().map(JsonElement::getAsString).toList();
    }

    public BertTokenizer tokenizer() {
        Path golden = scorers().getParent();
        return BertTokenizer.load(golden.resolve(json.get("tokenizer").getAsString()));
    }

    /** The tokens of the case's own files, whose mask says how many count. */
    public static BertTokens tokens(Expected inputs, String ids) {
        long[][] mask = inputs.rows("attention_mask");
        int[] lengths = new int[mask.length];
        java.util.Arrays.setAll(lengths, n -> (int) java.util.Arrays.stream(mask[n]).sum());
        return BertTokens.of(inputs.rows(ids), lengths);
    }

    /** The same tokens with all padding attended to. */
    public static BertTokens unmasked(Expected inputs, String ids) {
        long[][] rows = inputs.rows(ids);
        int[] lengths = new int[rows.length];
        java.util.Arrays.setAll(lengths, n -> rows[n].length);
        return BertTokens.of(rows, lengths);
    }

    /** Pixels of picture files, (B, 3, S, S). */
    public static NDArray pixels(ImageProcessor processor, List<Path> files) {
        PixelBatch batch = processor.process(files.stream().map(ImageInput::of).toList());
        IntStream.range(0, batch.size()).forEach(i -> assertThat(batch.failure(i)).isEmpty());
        FloatBuffer values = batch.data().asFloatBuffer();
        float[] floats = new float[values.remaining()];
        values.get(floats);
        return Tensors.of(floats, batch.shape());
    }

    /** A picture as float pixels in [0, 1], (1, 3, H, W). */
    public static NDArray unit(Path file) {
        RgbImage image = ImageDecoder.standard().decode(file);
        byte[] rgb = image.rgb();
        int plane = image.width() * image.height();
        float[] values = new float[3 * plane];
        for (int i = 0; i < plane; i++) {
            for (int c = 0; c < 3; c++) {
                values[c * plane + i] = (rgb[3 * i + c] & 0xFF) / 255f;
            }
        }
        return Tensors.of(values, 1, 3, image.height(), image.width());
    }

    /** Every image with every text, image by image. */
    public static int[] grid(int images, int texts) {
        return IntStream.range(0, images * texts).map(i -> i / texts).toArray();
    }

    /** Every text once for each image. */
    public static BertTokens repeated(BertTokens texts, int images) {
        int n = texts.size();
        return texts.select(IntStream.range(0, images * n).map(i -> i % n).toArray());
    }

    /** What a test has computed, by the names of the expected file. */
    public static final class Found {

        private final Map<String, float[]> values = new LinkedHashMap<>();

        public void put(String name, NDArray tensor) {
            values.put(name, Tensors.toFloats(tensor));
        }

        public void put(String name, float... floats) {
            values.put(name, floats);
        }

        public float[] get(String name) {
            return values.get(name);
        }

        public Set<String> names() {
            return values.keySet();
        }
    }

    /** Every tensor that has a tolerance must have been found, and within it. */
    public void assertAll(Found found, String tolerances, String file) {
        JsonObject bounds = json.getAsJsonObject(tolerances);
        assertThat(found.names()).containsAll(bounds.keySet());
        try (Expected expected = Expected.open(file(file))) {
            for (String name : bounds.keySet()) {
                Expected.assertClose(
                        name,
                        found.get(name),
                        expected.floats(name),
                        bounds.getAsJsonObject(name).get("suggested_abs_tolerance").getAsDouble());
            }
        }
    }

    /** Every tensor that has a bound must lie as near to the float32 values, in relative L2. */
    public void assertBfloat16(Found found) {
        JsonObject bounds = json.getAsJsonObject("bf16");
        assertThat(found.names()).containsAll(bounds.keySet());
        try (Expected expected = Expected.open(file("expected.safetensors"))) {
            for (String name : bounds.keySet()) {
                double bound = bounds.getAsJsonObject(name).get("bound").getAsDouble();
                assertThat(distance(found.get(name), expected.floats(name)))
                        .as(name)
                        .isLessThanOrEqualTo(bound);
            }
        }
    }

    private static double distance(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow((double) actual[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return Math.sqrt(difference / norm);
    }

    public static TensorScope scope() {
        return TensorScope.open(Devices.tested());
    }
}
