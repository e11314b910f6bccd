package io.github.icthp.weights.hub;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubIdTest {

    @Test
    void readsOwnerNameAndRevision() {
        assertThat(HubId.parse("8y/ICT")).contains(new HubId("8y", "ICT", "main"));
        assertThat(HubId.parse("a/b-c.d@refs/pr/1")).contains(new HubId("a", "b-c.d", "refs/pr/1"));
        assertThat(new HubId("8y", "ICT", "main").folder()).isEqualTo("models--8y--ICT");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "a", "/a", "a/", "a/b/c", "../a", "a/..", "a/b@", "a/b@../x", "a--b/c"})
    void refusesWhatIsNoModel(String text) {
        assertThat(HubId.parse(text)).isEmpty();
    }
}
