package io.github.icthp.train.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Decoded triplets. B is the number of triplets.
 *
 * <p>Closing a batch gives its pixel memory back to the loader, which will overwrite it: close it
 * only when nothing reads the pixels any more. A batch that is never closed costs memory, no more.
 */
public final class TripletBatch implements AutoCloseable {

    private final List<PreferenceTriplet> triplets;
    private final ByteBuffer pixels;
    private final LoaderCursor resumeAt;
    private final Runnable release;

    TripletBatch(
            List<PreferenceTriplet> triplets,
            ByteBuffer pixels,
            LoaderCursor resumeAt,
            Runnable release) {
        this.triplets = List.copyOf(triplets);
        this.pixels = pixels;
        this.resumeAt = resumeAt;
        this.release = release;
    }

    /**
     * Returns the rows.
     *
     * @return B triplets
     */
    public List<PreferenceTriplet> triplets() {
        return triplets;
    }

    /**
     * Returns B.
     *
     * @return the number of triplets
     */
    public int size() {
        return triplets.size();
    }

    /**
     * Returns the pixels, (3, B) pictures: all rejected ones, then all preferred, then all refined,
     * each as the loader's {@link PixelReader} made it.
     *
     * @return a direct buffer in native byte order, from position 0 to its limit
     */
    public ByteBuffer pixels() {
        return pixels.duplicate().order(ByteOrder.nativeOrder());
    }

    /**
     * Returns where a loader must start to give the batch after this one.
     *
     * @return the place after this batch's last row
     */
    public LoaderCursor resumeAt() {
        return resumeAt;
    }

    /** Gives the pixel memory back; closing twice is harmless. */
    @Override
    public void close() {
        release.run();
    }
}
