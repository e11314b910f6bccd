package io.github.icthp.examples.pretraining;

import com.google.common.base.Preconditions;

import io.github.icthp.training.Seeds;

import java.util.List;
import java.util.SplittableRandom;

/**
 * What a model learns from: an endless row of pictures, each a pure function of its number, so that
 * a resumed run needs no cursor.
 */
@FunctionalInterface
public interface CaptionedPictures {

    /**
     * Returns a picture.
     *
     * @param number its place in the row, from 0
     * @return the picture; all of a run have one size
     */
    CaptionedPicture get(long number);

    /**
     * Goes through a finite set again and again, each time in a new order.
     *
     * @param pictures the set
     * @param seed what the orders are drawn from
     * @return the endless row
     * @throws IllegalArgumentException if there is no picture
     */
    static CaptionedPictures shuffled(List<CaptionedPicture> pictures, long seed) {
        Preconditions.checkArgument(
                !pictures.isEmpty(), "CaptionedPictures: expected pictures, got none");
        List<CaptionedPicture> all = List.copyOf(pictures);
        return number -> {
            long epoch = number / all.size();
            int place = (int) (number % all.size());
            return all.get(order(all.size(), Seeds.random(seed, epoch, "pictures"))[place]);
        };
    }

    private static int[] order(int size, SplittableRandom random) {
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
