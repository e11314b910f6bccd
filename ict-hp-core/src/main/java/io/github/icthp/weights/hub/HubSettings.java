package io.github.icthp.weights.hub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where the hub and its cache are, and whether it may be asked.
 *
 * @param cache the folder of downloaded models
 * @param endpoint the hub's address
 * @param token proves who asks; sent to the endpoint's host alone
 * @param offline whether only the cache is looked at
 */
public record HubSettings(Path cache, URI endpoint, Optional<String> token, boolean offline) {

    private static final URI PUBLIC_HUB = URI.create("https://huggingface.co");
    private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");

    /**
     * Checks the address.
     *
     * @param cache the folder of downloaded models
     * @param endpoint the hub's address
     * @param token proves who asks
     * @param offline whether only the cache is looked at
     * @throws IllegalArgumentException if the address is not http or https with a host
     */
    public HubSettings {
        String scheme = endpoint.getScheme();
        if (endpoint.getHost() == null || !("https".equals(scheme) || "http".equals(scheme))) {
            throw new IllegalArgumentException(
                    "the hub's address (HF_ENDPOINT) must be like "
                            + PUBLIC_HUB
                            + ", not '"
                            + endpoint
                            + "'");
        }
    }

    /**
     * Reads the environment as Python's {@code huggingface_hub} does: {@code HF_HUB_CACHE}, {@code
     * HF_HOME}, {@code XDG_CACHE_HOME}, {@code HF_ENDPOINT}, {@code HF_TOKEN} or the file {@code
     * token} in {@code HF_HOME}, {@code HF_HUB_OFFLINE}. A {@link Hub} also takes the proxies that
     * {@code HTTPS_PROXY}, {@code HTTP_PROXY}, {@code ALL_PROXY} and {@code NO_PROXY} name, unless
     * the JVM has its own ({@code -Dhttps.proxyHost}).
     *
     * @return the settings
     * @throws IllegalArgumentException if {@code HF_ENDPOINT} is no address
     */
    public static HubSettings ofEnvironment() {
        return of(System.getenv(), Path.of(System.getProperty("user.home")));
    }

    static HubSettings of(Map<String, String> environment, Path userHome) {
        Path caches =
                path(environment, "XDG_CACHE_HOME", userHome).orElse(userHome.resolve(".cache"));
        Path home = path(environment, "HF_HOME", userHome).orElse(caches.resolve("huggingface"));
        Path cache =
                path(environment, "HF_HUB_CACHE", userHome)
                        .or(() -> path(environment, "HUGGINGFACE_HUB_CACHE", userHome))
                        .orElse(home.resolve("hub"));
        URI endpoint =
                text(environment, "HF_ENDPOINT")
                        .map(address -> URI.create(address.replaceFirst("/+$", "")))
                        .orElse(PUBLIC_HUB);
        boolean offline =
                text(environment, "HF_HUB_OFFLINE")
                        .or(() -> text(environment, "TRANSFORMERS_OFFLINE"))
                        .map(value -> TRUE.contains(value.toUpperCase(Locale.ROOT)))
                        .orElse(false);
        Path tokenFile = path(environment, "HF_TOKEN_PATH", userHome).orElse(home.resolve("token"));
        Optional<String> token = text(environment, "HF_TOKEN").or(() -> read(tokenFile));
        return new HubSettings(cache, endpoint, token, offline);
    }

    /**
     * Returns these settings with another cache.
     *
     * @param folder the folder of downloaded models
     * @return the new settings
     */
    public HubSettings withCache(Path folder) {
        return new HubSettings(folder, endpoint, token, offline);
    }

    /**
     * Returns these settings with downloads allowed or not.
     *
     * @param only whether only the cache is looked at
     * @return the new settings
     */
    public HubSettings withOffline(boolean only) {
        return new HubSettings(cache, endpoint, token, only);
    }

    /** Tells everything but the token. */
    @Override
    public String toString() {
        return "hub "
                + endpoint
                + ", cache "
                + cache
                + (token.isPresent() ? ", with a token" : ", without a token")
                + (offline ? ", offline" : "");
    }

    private static Optional<String> text(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name))
                .map(String::strip)
                .filter(value -> !value.isEmpty());
    }

    private static Optional<Path> path(
            Map<String, String> environment, String name, Path userHome) {
        return text(environment, name)
                .map(
                        value ->
                                value.startsWith("~/")
                                        ? userHome.resolve(value.substring(2))
                                        : Path.of(value));
    }

    private static Optional<String> read(Path file) {
        try {
            return Files.isRegularFile(file)
                    ? Optional.of(Files.readString(file).strip()).filter(token -> !token.isEmpty())
                    : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the hub's token from " + file, e);
        }
    }
}
