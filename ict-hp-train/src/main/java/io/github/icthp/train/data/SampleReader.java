package io.github.icthp.train.data;

import io.github.icthp.ImageSource;
import io.github.icthp.image.ImageDecodeException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;

/** Reads one row and decodes its pictures; what a worker thread does. */
final class SampleReader {

    private final PreferenceDataset data;
    private final PixelReader reader;
    private final PixelPool pool;

    SampleReader(PreferenceDataset data, PixelReader reader) {
        this.data = data;
        this.reader = reader;
        this.pool = new PixelPool(3L * reader.bytesPerImage());
    }

    int bytesPerImage() {
        return reader.bytesPerImage();
    }

    /**
     * Reads a row.
     *
     * @throws BadRowException if the row or one of its pictures cannot be used
     */
    Sample read(long row) {
        PreferenceTriplet triplet = data.get(row);
        ByteBuffer pixels = pool.take();
        try {
            for (int rank = 0; rank < 3; rank++) {
                int size = bytesPerImage();
                ByteBuffer slot = pixels.slice(rank * size, size).order(ByteOrder.nativeOrder());
                decode(triplet, rank, slot);
            }
            return new Sample(triplet, pixels);
        } catch (BadRowException e) {
            pool.give(pixels);
            throw e;
        }
    }

    private void decode(PreferenceTriplet triplet, int rank, ByteBuffer pixels) {
        ImageSource image = triplet.images().ranked().get(rank);
        try {
            reader.read(image, pixels);
        } catch (ImageDecodeException e) {
            throw bad(triplet, rank, e.getMessage(), e);
        } catch (IOException | RuntimeException | LinkageError | VirtualMachineError e) {
            // Damaged and huge files make decoders throw almost anything.
            throw bad(
                    triplet,
                    rank,
                    String.format(Locale.ROOT, "%s cannot be decoded: %s", image.name(), e),
                    e);
        }
    }

    private BadRowException bad(PreferenceTriplet triplet, int rank, String why, Throwable cause) {
        return new BadRowException(
                data.name(), triplet.row(), TripletColumns.IMAGES.get(rank), why, cause);
    }

    /** Takes a sample's memory back. */
    void release(Sample sample) {
        pool.give(sample.pixels());
    }
}
