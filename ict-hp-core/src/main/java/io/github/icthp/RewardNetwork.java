package io.github.icthp;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.clip.ClipConfig;
import io.github.icthp.clip.ClipModel;
import io.github.icthp.clip.ClipTextTower;
import io.github.icthp.clip.ClipVisionTower;
import io.github.icthp.clip.FusedTextTower;
import io.github.icthp.clip.FusedVisionTower;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.torch.Torch;
import io.github.icthp.torch.TorchProgram;
import io.github.icthp.weights.OpenClipKeys;
import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;
import io.github.icthp.weights.Weights;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The networks of a reward model on a device: for ICT both towers of its CLIP, for HP the vision
 * tower alone and the head collapsed to one affine map. Shapes: B batch, S image side, P
 * projection.
 */
final class RewardNetwork implements AutoCloseable {

    private static final TorchProgram PROGRAM =
            TorchProgram.of(RewardNetwork.class, "reward.torchscript");

    private final NDManager manager;
    private final DType type;
    private final ClipConfig config;
    private final Optional<Ict> ict;
    private final Optional<Hp> hp;
    private final DifferentiablePreparation preparation;

    private record Ict(UnaryOperator<NDArray> vision, Function<long[][], NDArray> text) {}

    private record Hp(UnaryOperator<NDArray> vision, HpHead.Affine head) {}

    private RewardNetwork(RewardFiles files, NDManager manager, DType type, boolean fuse) {
        this.manager = manager;
        this.type = type;
        this.config = files.settings().config();
        this.preparation = new DifferentiablePreparation(files.settings().images());
        this.ict = files.ict().map(file -> loadIct(file, fuse));
        this.hp = files.hp().map(hp -> loadHp(hp.backbone(), hp.head(), fuse));
    }

    /** Loads what the files name. */
    static RewardNetwork load(RewardFiles files, Device device, DType type) {
        return load(files, device, type, false);
    }

    /** Loads for inference alone: fused, and packed for the processor on a CPU. */
    static RewardNetwork loadForScoring(RewardFiles files, Device device, DType type) {
        return load(files, device, type, true);
    }

    private static RewardNetwork load(RewardFiles files, Device device, DType type, boolean fuse) {
        NDManager manager = Torch.manager(device);
        try (TensorScope scope = TensorScope.open(device)) {
            assert scope == TensorScope.current();
            return new RewardNetwork(files, manager, type, fuse);
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    /** Fusing replaces most weights: a file's map would stay resident beside them. */
    private Parameters parameters(Weights weights, boolean fuse) {
        return Parameters.load(weights, manager, type, fuse ? Memory.OWNED : Memory.MAPPED);
    }

    /** The processor's own layout is known for these types. */
    private boolean packs() {
        return !manager.getDevice().isGpu() && type != DType.FLOAT16;
    }

    private UnaryOperator<NDArray> vision(Parameters all, boolean fuse) {
        return fuse
                ? new FusedVisionTower(all, config, packs())::forward
                : new ClipVisionTower(all, config)::forward;
    }

    private Function<long[][], NDArray> text(Parameters all, boolean fuse) {
        return fuse
                ? new FusedTextTower(all, config, packs())::forward
                : new ClipTextTower(all, config)::forward;
    }

    private Ict loadIct(Path file, boolean fuse) {
        try (Weights weights = OpenClipKeys.toHuggingFace(Weights.openModel(file))) {
            return checked(weights, fuse, this::ict);
        }
    }

    private Ict ict(Parameters all, boolean fuse) {
        Ict loaded = new Ict(vision(all, fuse), text(all, fuse));
        all.tensor("logit_scale").finish();
        return loaded;
    }

    private UnaryOperator<NDArray> backbone(Parameters all, boolean fuse) {
        UnaryOperator<NDArray> vision = vision(all, fuse);
        all.ignore("text_model.").ignore("text_projection.").ignore("logit_scale").finish();
        return vision;
    }

    /** Checks names and shapes before anything is read, then loads. */
    private <T> T checked(Weights weights, boolean fuse, BiFunction<Parameters, Boolean, T> part) {
        T unread = part.apply(Parameters.check(weights, TensorScope.current().manager()), false);
        assert unread != null;
        return part.apply(parameters(weights, fuse), fuse);
    }

    private Hp loadHp(Path backbone, Path head, boolean fuse) {
        try (Weights weights = OpenClipKeys.toHuggingFace(Weights.openModel(backbone));
                Weights headWeights = Weights.openModel(head)) {
            UnaryOperator<NDArray> vision = checked(weights, fuse, this::backbone);
            HpHead.Affine affine =
                    HpHead.load(
                                    headWeights,
                                    TensorScope.current().manager(),
                                    DType.FLOAT32,
                                    Memory.MAPPED)
                            .collapse();
            affine.weight().attach(manager);
            if (affine.weight().getShape().get(0) != config.projection()) {
                throw new IllegalArgumentException(
                        "RewardModel: the HP head in "
                                + head
                                + " expects features of width "
                                + affine.weight().getShape().get(0)
                                + ", the backbone gives "
                                + config.projection());
            }
            return new Hp(vision, affine);
        }
    }

    Device device() {
        return manager.getDevice();
    }

    int imageSize() {
        return config.imageSize();
    }

    int contextLength() {
        return config.positions();
    }

    /** Encodes token ids to text features of unit length: (B, P), float32. */
    NDArray textFeatures(long[][] ids) {
        return ClipModel.normalise(ict.orElseThrow().text().apply(ids));
    }

    /**
     * Resizes, crops and normalises pixels (B, 3, H, W) in [0, 1] to (B, 3, S, S); differentiable.
     */
    NDArray prepare(NDArray pixels) {
        return preparation.apply(pixels);
    }

    /** ICT of prepared pixels (B, 3, S, S) and unit text features (B, P): cosines (B), float32. */
    NDArray ict(NDArray prepared, NDArray text) {
        NDArray features = ict.orElseThrow().vision().apply(Tensors.cast(prepared, type));
        return PROGRAM.call("ict", features, text);
    }

    /**
     * ICT of B pairs: pair b is of prepared pixels (U, 3, S, S) number image[b], and of unit text
     * features (B, P) number b: cosines (B), float32.
     */
    NDArray ict(NDArray prepared, long[] image, NDArray text) {
        NDArray features = ict.orElseThrow().vision().apply(Tensors.cast(prepared, type));
        return PROGRAM.call("ict", select(features, image), text);
    }

    /** HP of B pairs before the sigmoid, of which pair b is of image number image[b]: (B). */
    NDArray hpRaw(NDArray prepared, long[] image) {
        return select(hpRaw(prepared), image);
    }

    /** The rows that are named, which often are all in their order. */
    private static NDArray select(NDArray rows, long[] named) {
        return rows.getShape().get(0) == named.length ? rows : PROGRAM.call("select", rows, named);
    }

    /** Cosines (B) of unit features (B, P). */
    NDArray cosines(NDArray first, NDArray second) {
        return PROGRAM.call("ict", first, second);
    }

    /** HP of prepared pixels (B, 3, S, S) before the sigmoid: (B), float32. */
    NDArray hpRaw(NDArray prepared) {
        Hp model = hp.orElseThrow();
        return model.head().forward(model.vision().apply(Tensors.cast(prepared, type)));
    }

    /** The reward of pixels, with a graph; text features come from the function given. */
    DifferentiableReward differentiable(
            RewardKind kind, Function<List<String>, NDArray> unitTextFeatures) {
        return (pixels, prompts) -> {
            NDArray prepared = prepare(pixels);
            return switch (kind) {
                case ICT -> ict(prepared, unitTextFeatures.apply(prompts));
                case HP -> PROGRAM.call("sigmoid", hpRaw(prepared));
                case COMBINED ->
                        PROGRAM.call(
                                "combined",
                                ict(prepared, unitTextFeatures.apply(prompts)),
                                hpRaw(prepared));
            };
        };
    }

    @Override
    public void close() {
        manager.close();
    }
}
