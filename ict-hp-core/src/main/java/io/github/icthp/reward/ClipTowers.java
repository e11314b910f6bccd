package io.github.icthp.reward;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.clip.ClipConfig;
import io.github.icthp.clip.ClipModel;
import io.github.icthp.clip.ClipSettings;
import io.github.icthp.clip.ClipStage;
import io.github.icthp.clip.ClipTextTower;
import io.github.icthp.clip.ClipVisionTower;
import io.github.icthp.clip.FusedTextTower;
import io.github.icthp.clip.FusedVisionTower;
import io.github.icthp.clip.MappedTextTower;
import io.github.icthp.reward.RewardDefinition.Use;
import io.github.icthp.tokenizer.ClipTokenizer;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.torch.staged.Stage;
import io.github.icthp.weights.OpenClipKeys;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The towers of a CLIP model on a device, or its vision tower alone. Shapes: U pictures, B prompts,
 * S picture side, P projection.
 */
final class ClipTowers implements AutoCloseable {

    static final TorchProgram PROGRAM = TorchProgram.of(ClipTowers.class, "reward.torchscript");

    private static final String LOGIT_SCALE = "logit_scale";

    /** What a CLIP model is loaded for. */
    record Loading(ClipSettings settings, Device device, DType type, Use use) {

        private ClipConfig config() {
            return settings.config();
        }

        private boolean fuse() {
            return use == Use.SCORING;
        }

        /** The processor's own layout is known for these types. */
        private boolean packs() {
            return !device.isGpu() && type != DType.FLOAT16;
        }

        /** Texts are few, and their tower, often a third of a model, stays in the file. */
        private Memory memory(String name) {
            if (!fuse()) {
                return Memory.MAPPED;
            }
            return name.startsWith("text_model.")
                    ? MappedTextTower.memory(name, config())
                    : FusedVisionTower.memory(name, config());
        }

        /** The scale's exponential would magnify what rounding takes from it. */
        private DType type(String name) {
            return name.equals(LOGIT_SCALE) ? DType.FLOAT32 : type;
        }
    }

    /** A vision tower, which has stages if it is not fused for scoring. */
    private record Vision(UnaryOperator<NDArray> tower, List<ClipStage> stages) {

        static Vision of(Parameters all, Loading loading) {
            if (loading.fuse()) {
                return new Vision(
                        new FusedVisionTower(all, loading.config(), loading.packs())::forward,
                        List.of());
            }
            ClipVisionTower tower = new ClipVisionTower(all, loading.config());
            return new Vision(tower::forward, tower.stages());
        }
    }

    /** A stage that sees one tensor of the state; the others pass. */
    private record StageAt(int index, UnaryOperator<NDArray> body) implements Stage {

        @Override
        public List<NDArray> forward(List<NDArray> state, List<NDArray> context) {
            List<NDArray> next = new ArrayList<>(state);
            next.set(index, body.apply(state.get(index)));
            return next;
        }
    }

    private record Text(
            Function<long[][], NDArray> tower,
            Optional<PromptFeatures> prompts,
            NDArray logitScale) {}

    private final NDManager manager;
    private final DType type;
    private final ClipConfig config;
    private final Vision vision;
    private final Optional<Text> text;

    private ClipTowers(NDManager manager, Loading loading, Vision vision, Optional<Text> text) {
        this.manager = manager;
        this.type = loading.type();
        this.config = loading.config();
        this.vision = vision;
        this.text = text;
    }

    /**
     * Loads both towers strictly.
     *
     * @param file weights in transformers' or open_clip's names
     * @param tokenizer closed with the towers, and if they cannot be loaded; without one there are
     *     {@link #textFeatures} alone
     */
    static ClipTowers both(Path file, Optional<ClipTokenizer> tokenizer, Loading loading) {
        try {
            return load(
                    file,
                    loading,
                    (all, manager, loads) -> {
                        Vision vision = Vision.of(all, loads);
                        Function<long[][], NDArray> tower = text(all, loads);
                        Parameters root = all.in("").tensor(LOGIT_SCALE);
                        all.finish();
                        int length = loads.config().positions();
                        Text text =
                                new Text(
                                        tower,
                                        tokenizer.map(t -> new PromptFeatures(t, length, tower)),
                                        root.dict().get(LOGIT_SCALE));
                        return new ClipTowers(manager, loads, vision, Optional.of(text));
                    });
        } catch (RuntimeException | Error e) {
            tokenizer.ifPresent(ClipTokenizer::close);
            throw e;
        }
    }

    /** Loads the vision tower strictly; a text tower in the file is not read. */
    static ClipTowers vision(Path file, Loading loading) {
        return load(
                file,
                loading,
                (all, manager, loads) -> {
                    Vision vision = Vision.of(all, loads);
                    all.ignore("text_model.")
                            .ignore("text_projection.")
                            .ignore(LOGIT_SCALE)
                            .finish();
                    return new ClipTowers(manager, loads, vision, Optional.empty());
                });
    }

    private interface Assembly {
        ClipTowers make(Parameters all, NDManager manager, Loading loading);
    }

    /** Checks names and shapes before any value is read, then loads. */
    private static ClipTowers load(Path file, Loading loading, Assembly assembly) {
        NDManager manager = Torch.manager(loading.device());
        try (Weights weights = OpenClipKeys.toHuggingFace(Weights.openModel(file));
                TensorScope scope = TensorScope.open(loading.device())) {
            Loading check =
                    new Loading(
                            loading.settings(), loading.device(), loading.type(), Use.GRADIENTS);
            assembly.make(Parameters.check(weights, scope.manager()), scope.manager(), check);
            return assembly.make(
                    Parameters.load(weights, manager, loading::type, loading::memory),
                    manager,
                    loading);
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    private static Function<long[][], NDArray> text(Parameters all, Loading loading) {
        if (!loading.fuse()) {
            return new ClipTextTower(all, loading.config())::forward;
        }
        return all.isMapped("text_model.encoder.layers.0.mlp.fc1.weight")
                ? new MappedTextTower(all, loading.config())::forward
                : new FusedTextTower(all, loading.config(), loading.packs())::forward;
    }

    Device device() {
        return manager.getDevice();
    }

    ClipConfig config() {
        return config;
    }

    NDManager manager() {
        return manager;
    }

    /** Encodes prepared pictures (U, 3, S, S): (U, P), not normalized, in the tower's type. */
    NDArray features(NDArray pictures) {
        return vision.tower().apply(Tensors.cast(pictures, type));
    }

    /**
     * Encodes in stages.
     *
     * @param index which tensor of the state holds prepared pictures (U, 3, S, S) before, and
     *     features (U, P), not normalized, after them
     */
    List<Stage> stages(int index) {
        if (vision.stages().isEmpty()) {
            return List.of(new StageAt(index, this::features));
        }
        List<Stage> stages = new ArrayList<>();
        stages.add(new StageAt(index, pictures -> Tensors.cast(pictures, type)));
        for (ClipStage stage : vision.stages()) {
            stages.add(
                    new StageAt(
                            index,
                            x -> {
                                NDArray pooled = ClipVisionTower.pooled(x.getShape().get(0));
                                return stage.forward(List.of(x), List.of(pooled)).get(0);
                            }));
        }
        return stages;
    }

    /** Encodes prompts: unit features (B, P), float32, which never carry a graph. */
    NDArray prompts(List<String> prompts) {
        return Autograd.mode() == Autograd.Mode.GRADIENT
                ? Autograd.in(Autograd.Mode.NO_GRADIENT, () -> kept(prompts))
                : encode(prompts);
    }

    /** Returns how many tokens of a prompt the text tower does not read; 0 if there is none. */
    int unreadTokens(String prompt) {
        return text.flatMap(Text::prompts).map(read -> read.unreadTokens(prompt)).orElse(0);
    }

    private NDArray kept(List<String> prompts) {
        try (TensorScope scope = TensorScope.open()) {
            return scope.keep(encode(prompts));
        }
    }

    private NDArray encode(List<String> prompts) {
        return text.orElseThrow().prompts().orElseThrow().encode(prompts);
    }

    /** Encodes token ids: unit features (B, P), float32. */
    NDArray textFeatures(long[][] ids) {
        return ClipModel.normalize(text.orElseThrow().tower().apply(ids));
    }

    /** Reads the factor of the cosine in the model's own logits. */
    double logitScale() {
        return Math.exp(Tensors.toDouble(text.orElseThrow().logitScale()));
    }

    /** Cosines of picture features (B, P) and unit prompt features (B, P): (B), float32. */
    static NDArray cosine(NDArray features, NDArray prompts) {
        return PROGRAM.call("ict", features, prompts);
    }

    /** The rows that are named, which often are all in their order. */
    static NDArray select(NDArray rows, int[] named) {
        boolean all = rows.getShape().get(0) == named.length;
        for (int b = 0; all && b < named.length; b++) {
            all = named[b] == b;
        }
        return all ? rows : PROGRAM.call("select", rows, longs(named));
    }

    private static long[] longs(int[] named) {
        return Arrays.stream(named).asLongStream().toArray();
    }

    double[] promptCosines(List<String> first, List<String> second) {
        return doubles(cosine(prompts(first), prompts(second)));
    }

    /** One part for each of B pairs: (B) to B rows. */
    static double[][] rows(NDArray values) {
        return Arrays.stream(doubles(values))
                .mapToObj(value -> new double[] {value})
                .toArray(double[][]::new);
    }

    static double[] doubles(NDArray values) {
        float[] floats = Tensors.toFloats(values);
        double[] doubles = new double[floats.length];
        Arrays.setAll(doubles, b -> floats[b]);
        return doubles;
    }

    @Override
    public void close() {
        manager.close();
        text.flatMap(Text::prompts).ifPresent(PromptFeatures::close);
    }
}
