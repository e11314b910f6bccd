package io.github.icthp.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.clip.ClipModel;
import io.github.icthp.clip.ClipStage;
import io.github.icthp.clip.ClipVisionTower;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.train.loss.IctLoss;
import io.github.icthp.training.Gradients;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * HP's backbone on one device, and the fixed ICT model if the joint term needs one. Features are
 * the images' (3, n, P), and ICT's easy cosines (1, n, 3).
 */
final class HpReplica implements Replica {

    private final ClipVisionTower backbone;
    private final NDManager memory;
    private final @Nullable ClipModel ict;
    private final StageWeights weights;
    private final Compute compute;
    private final Map<String, NDArray> trained = new LinkedHashMap<>();
    private final Map<String, NDArray> frozen = new LinkedHashMap<>();

    /**
     * Joins the networks.
     *
     * @param vision the backbone; closed with this
     * @param ict in the type that stages compute in; closed with this
     * @param scope what is trained of the backbone
     * @param compute how stages compute
     */
    HpReplica(BaseModel.Vision vision, @Nullable ClipModel ict, HpScope scope, Compute compute) {
        this.backbone = vision.tower();
        this.memory = vision.memory();
        this.ict = ict;
        this.compute = compute;
        vision.parameters()
                .forEach(
                        (name, parameter) -> {
                            boolean trains = scope.trains(name, backbone.config());
                            (trains ? trained : frozen).put(HpScope.BACKBONE + name, parameter);
                        });
        this.weights = new StageWeights(trained, compute.type());
    }

    @Override
    public Device device() {
        return memory.getDevice();
    }

    @Override
    public Map<String, NDArray> trained() {
        return trained;
    }

    @Override
    public Map<String, NDArray> frozen() {
        return frozen;
    }

    @Override
    public Encoding encode(Shard shard) {
        NDArray pixels = shard.pixels(weights.type());
        List<NDArray> cosines = cosines(shard, pixels);
        List<ClipStage> stages = backbone.stages(3 * shard.size());
        return new Encoded(TowerTape.record(stages, pixels, weights, compute), cosines);
    }

    @Override
    public List<NDArray> features(Shard shard) {
        NDArray pixels = shard.pixels(weights.type());
        List<NDArray> cosines = cosines(shard, pixels);
        NDArray images =
                TowerTape.forward(backbone.stages(3 * shard.size()), pixels, weights, compute);
        return with(images, cosines);
    }

    private List<NDArray> cosines(Shard shard, NDArray pixels) {
        ClipModel fixed = ict;
        if (fixed == null) {
            return List.of();
        }
        return Autograd.in(
                Autograd.Mode.NO_GRADIENT,
                () -> {
                    try (TensorScope scope = TensorScope.open()) {
                        NDArray images = fixed.vision().forward(pixels);
                        NDArray texts = fixed.text().forward(shard.easyIds());
                        NDArray cosines = IctLoss.easyCosines(texts, images).expandDims(0);
                        return List.of(scope.keep(cosines));
                    }
                });
    }

    private static List<NDArray> with(NDArray images, List<NDArray> cosines) {
        List<NDArray> all = new ArrayList<>();
        all.add(StageWeights.PROGRAM.call("by_rank", images, 3));
        all.addAll(cosines);
        return all;
    }

    private record Encoded(TowerTape images, List<NDArray> cosines) implements Encoding {

        @Override
        public List<NDArray> features() {
            return with(images.features(), cosines);
        }

        @Override
        public void backward(List<NDArray> upstream, Gradients sink) {
            images.backward(upstream.get(0), sink);
        }

        @Override
        public void close() {
            images.close();
        }
    }

    @Override
    public void close() {
        memory.close();
        if (ict != null) {
            ict.close();
        }
    }
}
