package io.github.icthp.weights.hub;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which proxy leads to an address. What the JVM was told goes first: properties such as {@code
 * https.proxyHost}, or a {@link ProxySelector} that the program has set. Else the environment is
 * read as Python's requests and httpx do: {@code HTTP_PROXY} or {@code HTTPS_PROXY} by the
 * address's scheme, {@code ALL_PROXY} for both, {@code NO_PROXY} for hosts that need none; lower
 * case goes before upper case.
 */
final class HubProxies extends ProxySelector {

    /** Asks every host directly. */
    static final HubProxies NONE = new HubProxies(Map.of(), Optional.empty());

    private final Map<String, String> environment;
    private final Optional<ProxySelector> own;
    private final NoProxy exceptions;

    HubProxies(Map<String, String> environment, Optional<ProxySelector> own) {
        this.environment = environment;
        this.own = own;
        this.exceptions =
                NoProxy.of(
                        Stream.of("no_proxy", "NO_PROXY")
                                .map(name -> environment.getOrDefault(name, ""))
                                .filter(value -> !value.isEmpty())
                                .findFirst()
                                .orElse(""));
    }

    static HubProxies ofEnvironment() {
        return new HubProxies(System.getenv(), Optional.ofNullable(ProxySelector.getDefault()));
    }

    /**
     * Returns the proxy for an address; empty if it is asked directly.
     *
     * @throws HubException if a variable names no proxy that can be used
     */
    Optional<HubProxy> proxy(URI address) {
        Optional<HubProxy> told = own.flatMap(selector -> ofJvm(selector, address));
        boolean decided = own.isPresent() && isSet(address.getScheme() + ".proxyHost");
        return told.isPresent() || decided ? told : ofEnvironment(address);
    }

    private static boolean isSet(String property) {
        return !System.getProperty(property, "").isEmpty();
    }

    private static Optional<HubProxy> ofJvm(ProxySelector selector, URI address) {
        return selector.select(address).stream()
                .filter(proxy -> proxy.type() == Proxy.Type.HTTP)
                .map(Proxy::address)
                .filter(InetSocketAddress.class::isInstance)
                .map(
                        at ->
                                new HubProxy(
                                        (InetSocketAddress) at,
                                        Optional.empty(),
                                        "the JVM's " + address.getScheme() + ".proxyHost"))
                .findFirst();
    }

    private Optional<HubProxy> ofEnvironment(URI address) {
        return Stream.of(address.getScheme() + "_proxy", "all_proxy")
                .flatMap(name -> variable(name).stream())
                .findFirst()
                .filter(name -> !exceptions.covers(address))
                .map(name -> HubProxy.parse(environment.getOrDefault(name, ""), name));
    }

    /** Returns the variable of that name that counts; an empty lower-case one counts as none. */
    private Optional<String> variable(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        // what a CGI script finds in HTTP_PROXY is a header of the request it serves
        boolean trusted = !name.equals("http_proxy") || !environment.containsKey("REQUEST_METHOD");
        String chosen = environment.containsKey(name) || !trusted ? name : upper;
        return Optional.of(chosen).filter(found -> !environment.getOrDefault(found, "").isBlank());
    }

    @Override
    public List<Proxy> select(URI address) {
        return List.of(
                proxy(address)
                        .map(proxy -> new Proxy(Proxy.Type.HTTP, proxy.address()))
                        .orElse(Proxy.NO_PROXY));
    }

    @Override
    public void connectFailed(URI address, SocketAddress proxy, IOException failure) {
        // The request fails, and tells of it.
    }
}
