package io.github.icthp.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class OpenClipKeysTest {

    private static final String LAYER = "text_model.encoder.layers.0.self_attn.";

    @TempDir Path temp;

    @Test
    void stacksAndTransposes() {
        Weights weights =
                save(
                        TensorInfo.of(LAYER + "q_proj.bias", ElementType.F32, 1),
                        TensorInfo.of(LAYER + "k_proj.bias", ElementType.F32, 1),
                        TensorInfo.of(LAYER + "v_proj.bias", ElementType.F32, 1),
                        TensorInfo.of("visual_projection.weight", ElementType.F32, 2, 3));

        try (Weights view = OpenClipKeys.toOpenClip(weights)) {
            assertThat(floats(view, "transformer.resblocks.0.attn.in_proj_bias"))
                    .containsExactly(0, 100, 200);
            assertThat(view.info("visual.proj").shape().getShape()).containsExactly(3, 2);
            assertThat(floats(view, "visual.proj")).containsExactly(300, 303, 301, 304, 302, 305);
        }
    }

    @Test
    void keepsNamesThatItDoesNotKnowAndDropsPositionIds() {
        Weights weights =
                save(
                        TensorInfo.of("head.weight", ElementType.F32, 1),
                        TensorInfo.of("text_model.embeddings.position_ids", ElementType.I64, 1, 2));

        assertThat(OpenClipKeys.isOpenClip(weights)).isFalse();
        assertThat(OpenClipKeys.toHuggingFace(weights)).isSameAs(weights);
        try (Weights view = OpenClipKeys.toOpenClip(weights)) {
            assertThat(view.names()).containsExactly("head.weight");
            assertThat(view.source()).isEqualTo(weights.source());
        }
        assertThatThrownBy(() -> weights.data("head.weight"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("are closed");
    }

    @Test
    void refusesAnIncompleteAttention() {
        try (Weights weights = save(TensorInfo.of(LAYER + "q_proj.bias", ElementType.F32, 1))) {
            assertThatThrownBy(() -> OpenClipKeys.toOpenClip(weights))
                    .isInstanceOf(WeightsFormatException.class)
                    .hasMessageContaining(
                            "'transformer.resblocks.0.attn.in_proj_bias' needs all of [" + LAYER);
        }
    }

    @Test
    void refusesShapesThatCannotBe() {
        try (Weights weights =
                save(
                        TensorInfo.of("visual.conv1.weight", ElementType.F32, 1, 1, 1, 1),
                        TensorInfo.of("visual.proj", ElementType.F32, 4))) {
            assertThatThrownBy(() -> OpenClipKeys.toHuggingFace(weights))
                    .isInstanceOf(WeightsFormatException.class)
                    .hasMessageContaining("expected a matrix, found visual.proj F32[4]");
        }
        try (Weights weights =
                save(
                        TensorInfo.of(
                                "transformer.resblocks.0.attn.in_proj_weight",
                                ElementType.F32,
                                4,
                                1))) {
            assertThatThrownBy(() -> OpenClipKeys.toHuggingFace(weights))
                    .isInstanceOf(WeightsFormatException.class)
                    .hasMessageContaining("expected query, key and value stacked");
        }
    }

    /** Element i of the n-th tensor is 100 n + i. */
    private Weights save(TensorInfo... infos) {
        Path file = temp.resolve("model" + System.nanoTime() + ".safetensors");
        List<SafetensorsFile.Part> parts = new ArrayList<>();
        for (TensorInfo info : infos) {
            ByteBuffer bytes = counted(info, 100 * parts.size());
            parts.add(
                    new SafetensorsFile.Part(
                            info, channel -> SafetensorsFile.writeFully(channel, bytes)));
        }
        SafetensorsFile.write(file, parts, Map.of());
        return Weights.open(file);
    }

    private static ByteBuffer counted(TensorInfo info, int start) {
        ByteBuffer bytes = ByteBuffer.allocate((int) info.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; bytes.hasRemaining(); i++) {
            bytes.putFloat(start + i);
        }
        return bytes.flip();
    }

    private static float[] floats(Weights weights, String name) {
        float[] values = new float[(int) weights.info(name).elements()];
        weights.data(name).asFloatBuffer().get(values);
        return values;
    }
}
