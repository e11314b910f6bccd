package io.github.icthp.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import io.github.icthp.clip.ClipModel;
import io.github.icthp.clip.ClipVisionTower;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.train.loss.IctLoss;

import org.jspecify.annotations.Nullable;

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
    private final TowerWeights weights;
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
        this.weights = new TowerWeights(trained, compute);
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
        NDArray pixels = shard.pixels(compute.type());
        List<NDArray> cosines = cosines(shard, pixels);
        return Encoding.record(passes(pixels), cosines, weights);
    }

    @Override
    public List<NDArray> features(Shard shard) {
        NDArray pixels = shard.pixels(compute.type());
        List<NDArray> cosines = cosines(shard, pixels);
        return Encoding.features(passes(pixels), cosines, weights);
    }

    private List<RankedPass> passes(NDArray pixels) {
        return List.of(new RankedPass(backbone.pass(pixels), 3));
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

    @Override
    public void close() {
        memory.close();
        if (ict != null) {
            ict.close();
        }
    }
}
