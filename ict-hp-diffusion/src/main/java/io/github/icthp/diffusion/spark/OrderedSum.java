package io.github.icthp.diffusion.spark;

import com.google.common.base.Preconditions;

import org.apache.spark.api.java.function.FlatMapFunction;

import scala.Tuple2;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Sums chunks of gradients in the order of their rollouts, in float32, a chunk after the other.
 * Reports pass through.
 */
final class OrderedSum
        implements FlatMapFunction<
                Iterator<Tuple2<Place, Serializable>>, Tuple2<Place, Serializable>> {

    private static final long serialVersionUID = 1;

    private final int rollouts;

    OrderedSum(int rollouts) {
        this.rollouts = rollouts;
    }

    @Override
    public Iterator<Tuple2<Place, Serializable>> call(
            Iterator<Tuple2<Place, Serializable>> pieces) {
        List<Tuple2<Place, Serializable>> sums = new ArrayList<>();
        while (pieces.hasNext()) {
            Tuple2<Place, Serializable> first = pieces.next();
            if (first._1().chunk() == Place.REPORT) {
                sums.add(first);
            } else {
                sums.add(new Tuple2<>(first._1(), sum(first, pieces)));
            }
        }
        return sums.iterator();
    }

    /** Adds the other rollouts' pieces of a chunk to that of the first. */
    private byte[] sum(
            Tuple2<Place, Serializable> first, Iterator<Tuple2<Place, Serializable>> pieces) {
        int chunk = first._1().chunk();
        requireNext(first._1(), chunk, 0);
        byte[] sum = ((byte[]) first._2()).clone();
        FloatBuffer total = floats(sum);
        for (int rollout = 1; rollout < rollouts; rollout++) {
            Tuple2<Place, Serializable> next = pieces.next();
            requireNext(next._1(), chunk, rollout);
            FloatBuffer part = floats((byte[]) next._2());
            for (int i = 0; i < total.limit(); i++) {
                total.put(i, total.get(i) + part.get(i));
            }
        }
        return sum;
    }

    private static FloatBuffer floats(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }

    private static void requireNext(Place place, int chunk, int rollout) {
        Preconditions.checkState(
                place.equals(new Place(chunk, rollout)),
                "SparkRollouts: expected chunk %s of rollout %s next, got %s",
                chunk,
                rollout,
                place);
    }
}
