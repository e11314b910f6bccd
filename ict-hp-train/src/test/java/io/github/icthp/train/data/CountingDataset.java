package io.github.icthp.train.data;

import io.github.icthp.ImageSource;

import java.awt.image.BufferedImage;
import java.util.OptionalLong;
import java.util.Set;

/** Triplets whose pictures are named after row and rank; rows in {@code bad} cannot be used. */
record CountingDataset(OptionalLong size, Set<Long> bad) implements PreferenceDataset {

    static CountingDataset of(long size, Long... bad) {
        return new CountingDataset(OptionalLong.of(size), Set.of(bad));
    }

    @Override
    public PreferenceTriplet get(long row) {
        if (bad.contains(row)) {
            throw new BadRowException(name(), row, "E1", "marked bad", null);
        }
        return new PreferenceTriplet(
                row,
                "easy " + row,
                "refined " + row,
                new TripletImages(image(row, 0), image(row, 1), image(row, 2)));
    }

    private static ImageSource image(long row, int rank) {
        BufferedImage blank = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
        return new ImageSource.Drawn(String.valueOf(row * 10 + rank), () -> blank);
    }

    @Override
    public String fingerprint() {
        return "counting " + size;
    }

    @Override
    public void close() {}
}
