package io.github.icthp.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import com.google.common.collect.ImmutableMap;

import io.github.icthp.clip.ClipModel;
import io.github.icthp.torch.DType;

import java.util.List;
import java.util.Map;

/** ICT on one device: a CLIP model of which everything is trained. */
final class IctReplica implements Replica {

    private final ClipModel model;
    private final Device device;
    private final TowerWeights weights;
    private final Compute compute;

    IctReplica(ClipModel model, Device device, Compute compute) {
        this.model = model;
        this.device = device;
        this.weights = new TowerWeights(model.parameters(), compute);
        this.compute = compute;
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public Map<String, NDArray> trained() {
        return ImmutableMap.copyOf(model.parameters());
    }

    @Override
    public Map<String, NDArray> frozen() {
        return Map.of();
    }

    @Override
    public Encoding encode(Shard shard) {
        return encode(shard.pixels(compute.type()), shard.allIds(), shard.size());
    }

    /**
     * Encodes images and texts so that they can be differentiated.
     *
     * @param pixels so many images for each triplet, by rank
     * @param ids so many texts for each triplet, by rank
     * @param n triplets
     */
    Encoding encode(NDArray pixels, long[][] ids, int n) {
        return Encoding.record(passes(pixels, ids, n), List.of(), weights);
    }

    @Override
    public List<NDArray> features(Shard shard) {
        NDArray pixels = shard.pixels(compute.type());
        List<RankedPass> passes = passes(pixels, shard.allIds(), shard.size());
        return Encoding.features(passes, List.of(), weights);
    }

    private List<RankedPass> passes(NDArray pixels, long[][] ids, int n) {
        int images = (int) pixels.getShape().get(0);
        return List.of(
                new RankedPass(model.vision().pass(pixels), images / n),
                new RankedPass(model.text().pass(ids), ids.length / n));
    }

    /** What the towers compute in. */
    DType type() {
        return compute.type();
    }

    @Override
    public void close() {
        model.close();
    }
}
