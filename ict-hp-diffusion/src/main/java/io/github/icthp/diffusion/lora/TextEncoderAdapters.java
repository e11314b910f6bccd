package io.github.icthp.diffusion.lora;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.diffusion.model.LinearAdapter;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.weights.ElementType;
import io.github.icthp.weights.TensorInfo;
import io.github.icthp.weights.TensorReader;
import io.github.icthp.weights.Weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A file's adapters for one text encoder. They are fused into its weights while these are loaded,
 * in float32.
 */
public final class TextEncoderAdapters implements AutoCloseable {

    private static final String PREFIX = "text_model.";

    private final NDManager owner;
    private final Map<String, LinearAdapter> adapters = new HashMap<>();

    private TextEncoderAdapters(NDManager owner) {
        this.owner = owner;
    }

    /**
     * Reads a file's adapters for one text encoder.
     *
     * @param path the file, or a folder that holds one
     * @param encoder diffusers' name of the encoder, for example {@code text_encoder_2}
     * @param layers the pipeline's layers
     * @param scale what the adapters' own scales are multiplied by
     * @return the adapters, to be closed once the encoder is loaded
     * @throws io.github.icthp.weights.WeightsFormatException if it is no adapter file, or an
     *     adapter does not fit its layer
     */
    public static TextEncoderAdapters load(
            Path path, String encoder, AdaptableLayers layers, double scale) {
        TextEncoderAdapters loaded = new TextEncoderAdapters(Torch.manager(Device.cpu()));
        try (LoraFile file = LoraFile.open(path)) {
            AdapterPlan plan = new AdapterPlan(file, layers).check();
            AdapterReader.read(file, plan.of(encoder), layers.of(encoder), loaded.owner)
                    .forEach(
                            (name, a) -> loaded.adapters.put(name, a.withScale(a.scale() * scale)));
            return loaded;
        } catch (RuntimeException e) {
            loaded.close();
            throw e;
        }
    }

    /**
     * Returns a text encoder's weights with the adapters fused into them.
     *
     * @param weights the encoder's own, with {@code text_model.} before their names or not
     * @return a view that closes with them; adapted tensors are float32 in it
     */
    public Weights on(Weights weights) {
        Map<String, UnaryOperator<NDArray>> changes = new HashMap<>();
        adapters.forEach(
                (path, adapter) -> {
                    String prefixed = PREFIX + path + ".weight";
                    String name = weights.names().contains(prefixed) ? PREFIX + path : path;
                    changes.put(name + ".weight", adapter::fused);
                    if (adapter.bias().isPresent()) {
                        changes.put(name + ".bias", adapter::shifted);
                    }
                });
        return new Changed(weights, changes);
    }

    /** Frees the adapters. */
    @Override
    public void close() {
        owner.close();
    }

    /** Weights of which some are computed from the originals when they are read. */
    private static final class Changed implements Weights {

        private final Weights originals;
        private final Map<String, UnaryOperator<NDArray>> changes;

        /** The tensor that was computed last: large ones are read piece by piece. */
        private Optional<Map.Entry<String, ByteBuffer>> last = Optional.empty();

        Changed(Weights originals, Map<String, UnaryOperator<NDArray>> changes) {
            this.originals = originals;
            this.changes = changes;
        }

        @Override
        public Set<String> names() {
            return originals.names();
        }

        @Override
        public TensorInfo info(String name) {
            TensorInfo info = originals.info(name);
            return changes.containsKey(name)
                    ? new TensorInfo(name, ElementType.F32, info.shape())
                    : info;
        }

        @Override
        public ByteBuffer data(String name) {
            if (!changes.containsKey(name)) {
                return originals.data(name);
            }
            if (last.isEmpty() || !last.get().getKey().equals(name)) {
                last = Optional.of(Map.entry(name, compute(name)));
            }
            return last.get().getValue().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        }

        private ByteBuffer compute(String name) {
            return Autograd.in(
                    Mode.NO_GRADIENT,
                    () -> {
                        return TensorScope.call(
                                Device.cpu(),
                                () -> {
                                    NDArray original =
                                            Tensors.cast(
                                                    TensorReader.read(originals, name),
                                                    DType.FLOAT32);
                                    float[] values =
                                            Tensors.toFloats(changes.get(name).apply(original));
                                    ByteBuffer bytes =
                                            ByteBuffer.allocateDirect(
                                                    Math.multiplyExact(values.length, Float.BYTES));
                                    bytes.order(ByteOrder.LITTLE_ENDIAN)
                                            .asFloatBuffer()
                                            .put(values);
                                    return bytes;
                                });
                    });
        }

        @Override
        public void read(String name, long offset, ByteBuffer target) {
            if (changes.containsKey(name)) {
                target.put(data(name).slice((int) offset, target.remaining()));
            } else {
                originals.read(name, offset, target);
            }
        }

        @Override
        public Map<String, String> metadata() {
            return originals.metadata();
        }

        @Override
        public String source() {
            return originals.source();
        }

        @Override
        public void close() {
            originals.close();
        }
    }
}
