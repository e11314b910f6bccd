package io.github.icthp.train.pickhigh;

import com.google.common.primitives.ImmutableLongArray;

import io.github.icthp.ImageSource;
import io.github.icthp.train.data.PreferenceDataset;
import io.github.icthp.train.data.PreferenceTriplet;
import io.github.icthp.train.data.TripletImages;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;

/** The triplets of a build, read from its last step's state; one part is in memory. */
final class BuiltTriplets implements PreferenceDataset {

    private final Path work;
    private final StepFolder state;
    private final int partSize;
    private final ImmutableLongArray numbers;
    private int part = -1;
    private List<PromptRow> rows = List.of();

    /**
     * Makes a data set.
     *
     * @param numbers the rows' numbers in the build
     */
    BuiltTriplets(Path work, StepFolder state, int partSize, ImmutableLongArray numbers) {
        this.work = work;
        this.state = state;
        this.partSize = partSize;
        this.numbers = numbers;
    }

    @Override
    public String name() {
        return work.toString();
    }

    @Override
    public OptionalLong size() {
        return OptionalLong.of(numbers.length());
    }

    @Override
    public PreferenceTriplet get(long row) {
        PromptRow found = row(numbers.get(Math.toIntExact(row)));
        return new PreferenceTriplet(
                row,
                found.base(),
                found.best(),
                new TripletImages(
                        picture(found.rejected()),
                        picture(found.preferred()),
                        picture(found.picture())));
    }

    private synchronized PromptRow row(long number) {
        int wanted = (int) (number / partSize);
        try {
            if (wanted != part) {
                rows = state.read(wanted);
                part = wanted;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rows.get((int) (number % partSize));
    }

    private ImageSource picture(@org.jspecify.annotations.Nullable String name) {
        return ImageSource.of(work.resolve(Objects.requireNonNull(name)));
    }

    @Override
    public String fingerprint() {
        return "build " + work;
    }

    /** Does nothing: no file is held open. */
    @Override
    public void close() {}
}
