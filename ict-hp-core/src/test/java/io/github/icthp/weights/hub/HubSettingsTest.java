package io.github.icthp.weights.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

class HubSettingsTest {

    @TempDir Path home;

    @Test
    void defaultsAreTheStandardOnes() {
        HubSettings settings = HubSettings.of(Map.of(), home);

        assertThat(settings.cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
        assertThat(settings.endpoint()).isEqualTo(URI.create("https://huggingface.co"));
        assertThat(settings.token()).isEmpty();
        assertThat(settings.offline()).isFalse();
    }

    @Test
    void theMoreSpecialVariableWins() {
        assertThat(HubSettings.of(Map.of("XDG_CACHE_HOME", "/x"), home).cache())
                .isEqualTo(Path.of("/x/huggingface/hub"));
        assertThat(HubSettings.of(Map.of("XDG_CACHE_HOME", "/x", "HF_HOME", "~/h"), home).cache())
                .isEqualTo(home.resolve("h/hub"));
        assertThat(HubSettings.of(Map.of("HF_HOME", "/h", "HF_HUB_CACHE", "/c"), home).cache())
                .isEqualTo(Path.of("/c"));
    }

    @Test
    void readsAddressTokenAndOffline() throws IOException {
        Path token = home.resolve(".cache/huggingface/token");
        Files.createDirectories(token.getParent());
        Files.writeString(token, "from-file\n");

        HubSettings settings =
                HubSettings.of(Map.of("HF_ENDPOINT", "http://m:1/", "HF_HUB_OFFLINE", "yes"), home);

        assertThat(settings.endpoint()).isEqualTo(URI.create("http://m:1"));
        assertThat(settings.offline()).isTrue();
        assertThat(settings.token()).contains("from-file");
        assertThat(settings.toString()).contains("with a token").doesNotContain("from-file");
        assertThat(HubSettings.of(Map.of("HF_TOKEN", "t", "HF_HUB_OFFLINE", "0"), home))
                .returns("t", s -> s.token().orElseThrow())
                .returns(false, HubSettings::offline);
    }

    @Test
    void refusesAnAddressThatIsNone() {
        assertThatThrownBy(() -> HubSettings.of(Map.of("HF_ENDPOINT", "ftp://x"), home))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("HF_ENDPOINT")
                .hasMessageContaining("'ftp://x'");
    }
}
