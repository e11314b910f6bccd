package io.github.icthp.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** What a picture may take of a small heap. */
class ImageBudgetTest {

    private static final ImageLimits LIMITS = new ImageLimits(ImageDecoder.DEFAULT_MAX_PIXELS);
    private static final long SMALL = 128 << 20;

    @Test
    void aPictureThatDoesNotFitTheHeapIsRefusedByItsHeader() {
        assertThatThrownBy(() -> new ImageBudget(LIMITS, SMALL).check(8000, 6000, 3))
                .isInstanceOf(ImageFormatException.class)
                .hasMessage(
                        "picture of 8000x6000 pixels needs 144 MB of heap, too much beside the rest"
                                + " in 135 MB; raise -Xmx, to 184m at least");
    }

    @Test
    void whatDecodingHoldsBesideTheResultCounts() {
        assertThatCode(() -> new ImageBudget(LIMITS, SMALL).check(5000, 5000, 3))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> new ImageBudget(LIMITS, SMALL).check(5000, 5000, 7))
                .hasMessageContaining("5000x5000 pixels needs 175 MB");
    }

    @Test
    void theCallersLimitComesFirst() {
        assertThatThrownBy(() -> new ImageBudget(new ImageLimits(9), 1).check(10, 1, 3))
                .hasMessageContaining("over the limit of 9");
    }

    @Test
    void aFullHeapIsNamedWithOrWithoutASize() throws ImageFormatException {
        ImageBudget budget = new ImageBudget(LIMITS, SMALL);
        assertThat(budget.tooLarge()).isEqualTo("the heap of 135 MB is full; raise -Xmx");

        budget.check(1000, 2000, 3);
        assertThat(budget.tooLarge()).contains("1000x2000 pixels needs 6 MB").contains("160m");
    }
}
