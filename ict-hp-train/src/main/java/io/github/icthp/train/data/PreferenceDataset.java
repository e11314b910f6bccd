package io.github.icthp.train.data;

import io.github.icthp.RewardModel;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Preference triplets by row number: a table with pictures on disk, or a world that is drawn on
 * demand.
 *
 * <p>Row {@code i} is the same triplet at every call and from every thread, which is what makes a
 * shuffle resumable: the place in a run is an epoch and a position, and nothing else.
 */
public interface PreferenceDataset extends AutoCloseable {

    /**
     * Returns triplets of one's own as a data set. Rows are numbered by their place in the list.
     *
     * @param name what messages call it
     * @param triplets the triplets; their pictures are read when they are needed
     * @return the data set; its fingerprint is of prompts, picture names and targets
     */
    static PreferenceDataset of(String name, List<PreferenceTriplet> triplets) {
        return new ListedTriplets(name, triplets);
    }

    /**
     * Computes the ICT targets that training ICT needs, as the paper does: θ is the least score
     * that the base CLIP gives a refined image for its easy prompt. Every picture is scored now.
     * {@link TripletLabeler} has more to set, and writes the labels to a file.
     *
     * @param clip a model of {@link RewardModel#ict()} with the base model's weights; it stays open
     * @return these triplets with targets; closing it closes this data set
     * @throws IllegalArgumentException if the model is of another kind, or θ would not be in (0, 1]
     * @throws DatasetException if a row cannot be used, or the rows never end
     */
    default PreferenceDataset labeled(RewardModel clip) {
        return labeled(clip, new ThetaEstimator(clip, 0).estimate(this).theta());
    }

    /**
     * Computes the ICT targets that training ICT needs, from a known θ.
     *
     * @param clip a model of {@link RewardModel#ict()} with the base model's weights; it stays open
     * @param theta the CLIP score from which an image contains the whole text, in (0, 1]
     * @return these triplets with targets; closing it closes this data set
     * @throws IllegalArgumentException if the model is of another kind, or θ is not in (0, 1]
     * @throws DatasetException if a row cannot be used, or the rows never end
     */
    default PreferenceDataset labeled(RewardModel clip, double theta) {
        return new TripletLabeler(new IctLabels(theta), new RewardClipScorer(clip, name()))
                .label(this);
    }

    /**
     * Returns several triplets, without those that cannot be used.
     *
     * @param rows row numbers
     * @param badRows is given each row that cannot be used
     * @return the others, in the order asked for
     */
    default List<PreferenceTriplet> usable(List<Long> rows, BadRowHandler badRows) {
        List<PreferenceTriplet> triplets = new ArrayList<>();
        for (long row : rows) {
            try {
                triplets.add(get(row));
            } catch (BadRowException bad) {
                badRows.accept(bad);
            }
        }
        return triplets;
    }

    /**
     * Returns the same triplets for what needs no labels: they are not read, so a row whose labels
     * cannot be used is as good as any other.
     *
     * @return these triplets, with or without labels; closing it closes this data set
     */
    default PreferenceDataset withoutLabels() {
        return this;
    }

    /**
     * Returns what messages call this data set.
     *
     * @return usually the table's file
     */
    default String name() {
        return getClass().getSimpleName();
    }

    /**
     * Returns how many rows there are.
     *
     * @return the number of rows, or empty if they never end
     */
    OptionalLong size();

    /**
     * Returns one triplet without decoding its pictures. Safe to call from many threads.
     *
     * @param row from 0 to the size, exclusive
     * @return the triplet
     * @throws BadRowException if the row cannot be used
     * @throws IndexOutOfBoundsException if there is no such row
     */
    PreferenceTriplet get(long row);

    /**
     * Returns a text that differs between data sets of different content, for run records and for
     * refusing to resume on other data.
     *
     * @return for example a format and a hash
     */
    String fingerprint();

    /**
     * Streams triplets in row order; the stream fails with {@link BadRowException} at a row that
     * cannot be used.
     *
     * @param firstRow the row to start at
     * @return triplets {@code firstRow}, {@code firstRow + 1}, …, without end if the size is
     *     unknown
     */
    default Stream<PreferenceTriplet> stream(long firstRow) {
        return LongStream.range(firstRow, size().orElse(Long.MAX_VALUE)).mapToObj(this::get);
    }

    /**
     * Finds the rows that cannot be used, without decoding pictures: worth a look before a run of
     * days.
     *
     * @return one exception for each, in row order; none are thrown
     */
    default Stream<BadRowException> badRows() {
        return LongStream.range(0, size().orElse(Long.MAX_VALUE))
                .mapToObj(this::problem)
                .flatMap(Optional::stream);
    }

    private Optional<BadRowException> problem(long row) {
        try {
            get(row);
            return Optional.empty();
        } catch (BadRowException bad) {
            return Optional.of(bad);
        }
    }

    /** Releases files; triplets already handed out stay valid. */
    @Override
    void close();
}
