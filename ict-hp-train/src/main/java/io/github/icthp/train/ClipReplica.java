package io.github.icthp.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import io.github.icthp.torch.Tensors;

import java.util.List;
import java.util.Map;

/**
 * A plain CLIP on one device. Of every triplet it is shown one picture that was made rightly with
 * one caption of it: the plain picture with the easy prompt, or the rich picture with either, for
 * captions of rich pictures often say little. Which one it is, the row decides. Features are images
 * (1, n, P) and texts (1, n, P) in training, and those of whole triplets otherwise.
 */
record ClipReplica(IctReplica triplets) implements Replica {

    /** A picture's rank and its caption's. */
    private enum Pair {
        PLAIN(1, false),
        RICH(2, false),
        RICH_REFINED(2, true);

        private final int image;
        private final boolean refined;

        Pair(int image, boolean refined) {
            this.image = image;
            this.refined = refined;
        }

        static Pair of(long row) {
            long mixed = (row * 0x9E3779B97F4A7C15L) >>> 33;
            return values()[(int) (mixed % values().length)];
        }
    }

    @Override
    public Device device() {
        return triplets.device();
    }

    @Override
    public Map<String, NDArray> trained() {
        return triplets.trained();
    }

    @Override
    public Map<String, NDArray> frozen() {
        return triplets.frozen();
    }

    @Override
    public Encoding encode(Shard shard) {
        int n = shard.size();
        float[] places = new float[n];
        long[][] both = shard.allIds();
        long[][] ids = new long[n][];
        for (int i = 0; i < n; i++) {
            Pair pair = Pair.of(shard.inputs().rows().get(shard.begin() + i));
            places[i] = pair.image * n + i;
            ids[i] = both[pair.refined ? n + i : i];
        }
        NDArray all = shard.pixels(triplets.type());
        NDArray picked = Shard.PROGRAM.call("pick", all, Tensors.of(places, n));
        return triplets.encode(picked, ids, n);
    }

    @Override
    public List<NDArray> features(Shard shard) {
        return triplets.features(shard);
    }

    @Override
    public void close() {
        triplets.close();
    }
}
