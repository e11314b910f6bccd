package io.github.icthp.train.data;

import io.github.icthp.ImageSource;

import java.util.List;

/**
 * The three pictures of a triplet, from worst to best.
 *
 * @param rejected I1, the picture people liked less
 * @param preferred I2, the picture people liked more
 * @param refined I3, made from the refined prompt
 */
public record TripletImages(ImageSource rejected, ImageSource preferred, ImageSource refined) {

    /**
     * Returns the pictures in the order I1, I2, I3.
     *
     * @return three sources
     */
    public List<ImageSource> ranked() {
        return List.of(rejected, preferred, refined);
    }

    /**
     * Returns what the columns of the three are called in tables and messages.
     *
     * @return the names for I1, I2 and I3
     */
    public static List<String> columns() {
        return TripletColumns.IMAGES;
    }
}
