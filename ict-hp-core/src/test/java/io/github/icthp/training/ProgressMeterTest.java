package io.github.icthp.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.base.Ticker;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

class ProgressMeterTest {

    @Test
    void measuresPaceAndTimeLeft() {
        AtomicLong now = new AtomicLong();
        ProgressMeter meter =
                new ProgressMeter(
                        10,
                        20,
                        new Ticker() {
                            @Override
                            public long read() {
                                return now.get();
                            }
                        });
        now.addAndGet(Duration.ofSeconds(2).toNanos());
        RunProgress first = meter.step(8);
        assertThat(first.step()).isEqualTo(11);
        assertThat(first.itemsPerSecond()).isCloseTo(4, within(1e-12));
        assertThat(first.left()).isEqualTo(Duration.ofSeconds(18));
        now.addAndGet(Duration.ofSeconds(4).toNanos());
        RunProgress second = meter.step(8);
        assertThat(second.itemsPerSecond()).isCloseTo(8 / 2.2, within(1e-12));
        assertThat(second.left()).isCloseTo(Duration.ofMillis(17_600), Duration.ofMillis(1));
    }
}
