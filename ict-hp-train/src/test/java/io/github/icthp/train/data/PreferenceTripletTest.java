package io.github.icthp.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.icthp.ImageSource;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.Set;

class PreferenceTripletTest {

    private static final TripletImages IMAGES =
            new TripletImages(
                    new ImageSource.File(Path.of("1.jpg")),
                    new ImageSource.Encoded("2", () -> new byte[0]),
                    new ImageSource.File(Path.of("3.png")));

    @Test
    void labelsAreAbsentUntilGiven() {
        PreferenceTriplet triplet = new PreferenceTriplet(7, "owl", "an owl of paper", IMAGES);
        IctTargets targets = new IctTargets(0.25, 0.5, 0.1, 0.2);
        assertThat(triplet.targets()).isEmpty();
        assertThat(triplet.withTargets(targets).targets()).contains(targets);
        assertThat(triplet.withTargets(targets).images().ranked())
                .extracting(ImageSource::name)
                .containsExactly("1.jpg", "2", "3.png");
    }

    @Test
    void targetsAreFiniteAndAtMostOne() {
        assertThatThrownBy(() -> new IctTargets(0, 1.7, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("e2")
                .hasMessageContaining("1.7");
        assertThatThrownBy(() -> new IctTargets(Double.NaN, 1, 0, 0))
                .hasMessageContaining("e1")
                .hasMessageContaining("NaN");
        assertThat(new IctTargets(-0.5, 1, -0.1, 0.3).clamped())
                .isEqualTo(new IctTargets(0, 1, 0, 0.3));
    }

    @Test
    void streamStartsAtACursor() {
        PreferenceDataset endless = new CountingDataset(OptionalLong.empty(), Set.of());
        assertThat(endless.stream(5_000_000_000L).limit(3))
                .extracting(PreferenceTriplet::row)
                .containsExactly(5_000_000_000L, 5_000_000_001L, 5_000_000_002L);
    }

    @Test
    void badRowsAreFoundWithoutARun() {
        assertThat(CountingDataset.of(9, 4L, 2L).badRows())
                .extracting(BadRowException::row)
                .containsExactly(2L, 4L);
    }

    @Test
    void badRowNamesItsPlace() {
        BadRowException bad = new BadRowException("train.pkl", 3, "E1", "not a number", null);
        assertThat(bad).hasMessage("train.pkl: row 3, column E1: not a number");
        assertThat(bad.row()).isEqualTo(3);
        assertThat(bad.column()).isEqualTo("E1");
    }
}
