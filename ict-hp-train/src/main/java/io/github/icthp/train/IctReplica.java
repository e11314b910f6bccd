package io.github.icthp.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import com.google.common.collect.ImmutableMap;

import io.github.icthp.clip.ClipModel;
import io.github.icthp.clip.ClipTextTower;
import io.github.icthp.training.Gradients;

import java.util.List;
import java.util.Map;

/** ICT on one device: a CLIP model of which everything is trained. */
final class IctReplica implements Replica {

    private final ClipModel model;
    private final Device device;
    private final StageWeights weights;
    private final Compute compute;

    IctReplica(ClipModel model, Device device, Compute compute) {
        this.model = model;
        this.device = device;
        this.weights = new StageWeights(model.parameters(), compute.type());
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
        return encode(shard.pixels(weights.type()), shard.allIds(), shard.size());
    }

    @Override
    public List<NDArray> features(Shard shard) {
        NDArray pixels = shard.pixels(weights.type());
        ClipTextTower.Pass texts = model.text().pass(shard.allIds());
        return byRank(
                TowerTape.forward(
                        model.vision().stages(3 * shard.size()), pixels, weights, compute),
                TowerTape.forward(texts.stages(), texts.tokens(), weights, compute));
    }

    /** What the towers compute with. */
    StageWeights weights() {
        return weights;
    }

    private static List<NDArray> byRank(NDArray images, NDArray texts) {
        return List.of(
                StageWeights.PROGRAM.call("by_rank", images, 3),
                StageWeights.PROGRAM.call("by_rank", texts, 2));
    }

    /**
     * Encodes images and texts so that they can be differentiated.
     *
     * @param pixels so many images for each triplet, by rank
     * @param ids so many texts for each triplet, by rank
     * @param n triplets
     */
    Encoding encode(NDArray pixels, long[][] ids, int n) {
        ClipTextTower.Pass texts = model.text().pass(ids);
        int count = (int) pixels.getShape().get(0);
        TowerTape images = TowerTape.record(model.vision().stages(count), pixels, weights, compute);
        TowerTape text = TowerTape.record(texts.stages(), texts.tokens(), weights, compute);
        return new Encoded(images, text, count / n, ids.length / n);
    }

    private record Encoded(TowerTape images, TowerTape texts, int imageRanks, int textRanks)
            implements Encoding {

        @Override
        public List<NDArray> features() {
            return List.of(
                    StageWeights.PROGRAM.call("by_rank", images.features(), imageRanks),
                    StageWeights.PROGRAM.call("by_rank", texts.features(), textRanks));
        }

        @Override
        public void backward(List<NDArray> upstream, Gradients sink) {
            images.backward(upstream.get(0), sink);
            texts.backward(upstream.get(1), sink);
        }

        @Override
        public void close() {
            images.close();
            texts.close();
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
