package io.github.icthp.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;

import com.google.gson.JsonObject;

import io.github.icthp.testing.Devices;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

class CheckpointStoreTest {

    @TempDir Path temp;
    private TensorScope scope;
    private CheckpointStore store;

    @BeforeEach
    void open() {
        scope = TensorScope.open(Devices.tested());
        store = new CheckpointStore(temp.resolve("checkpoints"), 2);
    }

    @AfterEach
    void close() {
        scope.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ar-EG", "fa-IR", "bn-BD", "ne-NP", "th-TH-u-nu-thai", "tr-TR"})
    void namesCheckpointsInNoLocale(String locale) {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag(locale));
        try {
            for (int step = 2; step <= 6; step += 2) {
                store.save(step, state("cursor", step), Map.of());
            }
        } finally {
            Locale.setDefault(before);
        }
        Path folder = temp.resolve("checkpoints");
        assertThat(folder.resolve("step-00000002")).doesNotExist();
        assertThat(folder.resolve("step-00000004")).isDirectory();
        assertThat(folder.resolve("step-00000006")).isDirectory();
        assertThat(store.latest().orElseThrow().step()).isEqualTo(6);
    }

    @Test
    void readsBackWhatItSaved() {
        NDArray low = Tensors.cast(Tensors.of(new float[] {1.5f, -2}, 2), DType.BFLOAT16);
        NDArray scalar = scope.manager().create(3f);
        store.save(7, state("cursor", 41), Map.of("weights", Map.of("a", low, "b.c", scalar)));
        SavedCheckpoint saved = store.latest().orElseThrow();
        assertThat(saved.step()).isEqualTo(7);
        assertThat(saved.state().get("cursor").getAsInt()).isEqualTo(41);
        Map<String, NDArray> tensors = saved.tensors("weights");
        assertThat(tensors.keySet()).containsExactlyInAnyOrder("a", "b.c");
        assertThat(Tensors.dtype(tensors.get("a"))).isEqualTo(DType.BFLOAT16);
        assertThat(Tensors.toFloats(tensors.get("a"))).containsExactly(1.5f, -2f);
        assertThat(tensors.get("b.c").getShape().dimension()).isZero();
        assertThat(saved.tensors("optimizer")).isEmpty();
    }

    @Test
    void keepsTheNewestAndTheBest() throws IOException {
        for (int step = 1; step <= 5; step++) {
            save(step);
            if (step == 2) {
                store.markBest(2, 0.9);
            }
        }
        assertThat(folders()).containsExactly("step-00000002", "step-00000004", "step-00000005");
        assertThat(store.best().map(SavedCheckpoint::step)).contains(2L);
        store.markBest(5, 0.95);
        assertThat(folders()).containsExactly("step-00000004", "step-00000005");
    }

    @Test
    void passesOverDamagedOnes() throws IOException {
        save(1);
        Path second = save(2);
        try (RandomAccessFile file =
                new RandomAccessFile(second.resolve("tensors.safetensors").toFile(), "rw")) {
            file.seek(file.length() - 1);
            int last = file.read();
            file.seek(file.length() - 1);
            file.write(last ^ 1);
        }
        assertThat(store.latest().map(SavedCheckpoint::step)).contains(1L);
    }

    @Test
    void passesOverCutOffAndIncompleteOnes() throws IOException {
        save(1);
        Path second = save(2);
        byte[] state = Files.readAllBytes(second.resolve("state.json"));
        Files.write(second.resolve("state.json"), java.util.Arrays.copyOf(state, 3));
        assertThat(store.latest().map(SavedCheckpoint::step)).contains(1L);
        Files.delete(second.resolve("manifest.json"));
        assertThat(store.latest().map(SavedCheckpoint::step)).contains(1L);
        Files.writeString(second.resolve("manifest.json"), "{\"state.json\": 3}");
        assertThat(store.latest().map(SavedCheckpoint::step)).contains(1L);
    }

    @Test
    void clearsAwayWhatAKilledRunLeft() throws IOException {
        save(1);
        Path left = temp.resolve("checkpoints/step-00000002.unfinished");
        Files.createDirectory(left);
        Files.writeString(left.resolve("tensors.safetensors"), "half");
        assertThat(store.latest().map(SavedCheckpoint::step)).contains(1L);
        save(2);
        assertThat(folders()).containsExactly("step-00000001", "step-00000002");
    }

    @Test
    void failedWriteSaysSoAndLeavesNothingHalfDone() throws IOException {
        Path inTheWay = Files.writeString(temp.resolve("file"), "where a folder should be made");
        CheckpointStore unwritable = new CheckpointStore(inTheWay, 2);
        assertThatThrownBy(() -> unwritable.save(2, new JsonObject(), Map.of()))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("step 2")
                .hasMessageContaining(inTheWay.toString())
                .hasMessageContaining("earlier checkpoints are untouched");
    }

    @Test
    void failureWhileWritingLeavesEarlierOnesUntouched() throws IOException {
        save(1);
        NDArray closed = Tensors.of(new float[] {1}, 1);
        closed.close();
        assertThatThrownBy(() -> store.save(2, new JsonObject(), Map.of("w", Map.of("a", closed))))
                .isInstanceOf(RuntimeException.class);
        assertThat(folders()).containsExactly("step-00000001");
        assertThat(store.latest().map(SavedCheckpoint::step)).contains(1L);
    }

    @Test
    void emptyFolderHasNone() {
        assertThat(store.isEmpty()).isTrue();
        assertThat(store.latest()).isEqualTo(Optional.empty());
        assertThat(store.best()).isEqualTo(Optional.empty());
    }

    private Path save(long step) {
        return store.save(
                step,
                state("step", step),
                Map.of("weights", Map.of("a", Tensors.of(new float[] {step}, 1))));
    }

    private static JsonObject state(String name, Number value) {
        JsonObject state = new JsonObject();
        state.addProperty(name, value);
        return state;
    }

    private List<String> folders() throws IOException {
        try (Stream<Path> list = Files.list(temp.resolve("checkpoints"))) {
            return list.filter(Files::isDirectory)
                    .map(path -> path.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }
}
