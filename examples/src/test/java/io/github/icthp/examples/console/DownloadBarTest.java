package io.github.icthp.examples.console;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DownloadBarTest {

    @Test
    void hasOneBarAtATimeUntilTheFileIsWhole() {
        DownloadBar bar = new DownloadBar(false);
        bar.progress("a", 5, 100);
        bar.progress("a", 50, 100);
        assertThat(bar.isUnderWay("a")).isTrue();
        bar.progress("b", 1, 10);
        assertThat(bar.isUnderWay("a")).isFalse();
        assertThat(bar.isUnderWay("b")).isTrue();
        bar.progress("b", 10, 10);
        assertThat(bar.isUnderWay("b")).isFalse();
    }
}
