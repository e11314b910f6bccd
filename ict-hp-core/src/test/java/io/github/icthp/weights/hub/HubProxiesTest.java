package io.github.icthp.weights.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

class HubProxiesTest {

    private static final HubId MODEL = new HubId("owner", "name", HubId.MAIN);
    private static final HubPatience SHORT =
            new HubPatience(Duration.ofMillis(300), Duration.ofMillis(1));

    @TempDir Path temp;

    private static Optional<HubProxy> proxy(Map<String, String> environment, String address) {
        return new HubProxies(environment, Optional.empty()).proxy(URI.create(address));
    }

    @ParameterizedTest
    @CsvSource({
        "HTTPS_PROXY, http://p:8080, https://h/x, http://p:8080 (HTTPS_PROXY)",
        "https_proxy, http://p:8080/, https://h/x, http://p:8080 (https_proxy)",
        "HTTP_PROXY, p:3128, http://h/x, http://p:3128 (HTTP_PROXY)",
        "http_proxy, p, http://h/x, http://p:80 (http_proxy)",
        "ALL_PROXY, HTTP://p:1, https://h/x, http://p:1 (ALL_PROXY)",
        "all_proxy, http://p:1, http://h/x, http://p:1 (all_proxy)",
        "HTTPS_PROXY, http://[::1]:8080, https://h/x, http://[::1]:8080 (HTTPS_PROXY)",
        "HTTPS_PROXY, u:secret@p:9, https://h/x, http://p:9 (HTTPS_PROXY)",
    })
    void theVariableOfTheSchemeCounts(String name, String value, String address, String proxy) {
        assertThat(proxy(Map.of(name, value), address)).map(HubProxy::toString).hasValue(proxy);
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP_PROXY, http://p:1, https://h/x",
        "HTTPS_PROXY, http://p:1, http://h/x",
        "HTTPS_PROXY, ' ', https://h/x",
    })
    void otherVariablesDoNot(String name, String value, String address) {
        assertThat(proxy(Map.of(name, value), address)).isEmpty();
    }

    @Test
    void lowerCaseGoesBeforeUpperCaseAndTheSchemeBeforeAll() {
        Map<String, String> both = Map.of("https_proxy", "low", "HTTPS_PROXY", "up");
        assertThat(proxy(both, "https://h")).hasToString("Optional[http://low:80 (https_proxy)]");
        Map<String, String> off = Map.of("https_proxy", "", "HTTPS_PROXY", "up");
        assertThat(proxy(off, "https://h")).isEmpty();
        Map<String, String> all = Map.of("ALL_PROXY", "all", "HTTPS_PROXY", "one");
        assertThat(proxy(all, "https://h")).hasToString("Optional[http://one:80 (HTTPS_PROXY)]");
        Map<String, String> script = Map.of("HTTP_PROXY", "p", "REQUEST_METHOD", "GET");
        assertThat(proxy(script, "http://h")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "huggingface.co | https://huggingface.co/x | true",
                "huggingface.co | https://cdn.huggingface.co/x | true",
                ".huggingface.co, other | https://huggingface.co/x | true",
                "*.huggingface.co | https://cdn.huggingface.co/x | true",
                "face.co | https://huggingface.co/x | false",
                "HuggingFace.CO | https://huggingface.co/x | true",
                "* | https://huggingface.co/x | true",
                "a, * | http://10.1.2.3/x | true",
                "hub:8443 | https://hub:8443/x | true",
                "hub:8443 | https://hub/x | false",
                "hub:443 | https://hub/x | true",
                "hub:443 | http://hub/x | false",
                "hub:80 | http://hub/x | true",
                "10.1.2.3:443 | https://10.1.2.3/x | true",
                "hub:8443 | https://my.hub:8443/x | true",
                "10.0.0.0/8 | https://10.1.2.3/x | true",
                "10.0.0.0/8 | https://11.1.2.3/x | false",
                "192.168.1.128/25 | http://192.168.1.200:80/x | true",
                "192.168.1.128/25 | http://192.168.1.100:80/x | false",
                "10.1.2.3 | https://10.1.2.3:9/x | true",
                "10.1.2.3:9 | https://10.1.2.3:9/x | true",
                "10.1.2.3:9 | https://10.1.2.3:8/x | false",
                "::1 | http://[::1]:8080/x | true",
                "[::1] | http://[0:0:0:0:0:0:0:1]/x | true",
                "fd00::/8 | http://[fd12::1]/x | true",
                "fd00::/8 | http://[fe80::1]/x | false",
                "10.0.0.0/99 | https://10.1.2.3/x | false",
                "10.0.0.0/ | https://10.0.0.0/x | false",
            })
    void hostsOfNoProxyAreAskedDirectly(String exceptions, String address, boolean direct) {
        for (String name : List.of("NO_PROXY", "no_proxy")) {
            Map<String, String> environment = Map.of("ALL_PROXY", "http://p:1", name, exceptions);
            assertThat(proxy(environment, address).isEmpty()).as(name).isEqualTo(direct);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "socks5://u:secret@p:1080, 'socks5://...@p:1080', a kind of proxy",
        "https://u:secret@p:1080, 'https://...@p:1080', a kind of proxy",
        "http://u:secret@p:port, 'http://...@p:port', expected a proxy like",
        "u:secret@p:70000, '...@p:70000', expected a proxy like",
        "http://, 'http://', expected a proxy like",
    })
    void whatIsNoProxyIsNamedWithoutThePassword(String value, String shown, String why) {
        assertThatThrownBy(() -> proxy(Map.of("HTTPS_PROXY", value), "https://h/x"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("HTTPS_PROXY")
                .hasMessageContaining(shown.replace("'", ""))
                .hasMessageContaining(why)
                .hasMessageNotContaining("secret");
        Map<String, String> exempt = Map.of("HTTPS_PROXY", value, "NO_PROXY", "h");
        assertThat(proxy(exempt, "https://h/x")).isEmpty();
    }

    @Test
    void theJvmsOwnProxyGoesBeforeTheEnvironment() {
        InetSocketAddress address = InetSocketAddress.createUnresolved("jvm", 1);
        HubProxies own =
                new HubProxies(
                        Map.of("HTTPS_PROXY", "env:2"), Optional.of(ProxySelector.of(address)));
        assertThat(own.select(URI.create("https://h/x")))
                .containsExactly(new Proxy(Proxy.Type.HTTP, address));
        HubProxies none =
                new HubProxies(Map.of("HTTPS_PROXY", "env:2"), Optional.of(ProxySelector.of(null)));
        assertThat(none.proxy(URI.create("https://h/x")))
                .hasToString("Optional[http://env:2 (HTTPS_PROXY)]");
    }

    @Test
    void plainHttpIsAskedThroughTheProxy() throws IOException {
        List<String> asked = new CopyOnWriteArrayList<>();
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    asked.add(
                            exchange.getRequestURI()
                                    + " "
                                    + exchange.getRequestHeaders().getFirst("Proxy-Authorization"));
                    exchange.sendResponseHeaders(404, -1);
                    exchange.close();
                });
        server.start();
        String proxy = "127.0.0.1:" + server.getAddress().getPort();
        try {
            Hub hub = hub("http://hub.invalid", Map.of("HTTP_PROXY", "me:p%40ss@" + proxy));
            assertThatThrownBy(() -> hub.file(MODEL, "config.json"))
                    .hasMessageContaining("through the proxy http://" + proxy + " (HTTP_PROXY)")
                    .hasMessageNotContaining("p@ss")
                    .hasMessageNotContaining("p%40ss");
        } finally {
            server.stop(0);
        }
        assertThat(asked)
                .containsExactly(
                        "http://hub.invalid/owner/name/resolve/main/config.json Basic"
                                + " bWU6cEBzcw==");
    }

    @Test
    void httpsIsTunnelledThroughTheProxy() throws Exception {
        try (ServerSocket proxy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<String> asked =
                    CompletableFuture.supplyAsync(() -> refuseTunnel(proxy));
            String address = "127.0.0.1:" + proxy.getLocalPort();
            Hub hub = hub("https://hub.invalid", Map.of("HTTPS_PROXY", "http://" + address));
            assertThatThrownBy(() -> hub.file(MODEL, "config.json"))
                    .isInstanceOf(HubException.class)
                    .hasMessageContaining("through the proxy http://" + address)
                    .hasMessageContaining("another user or password (HTTP 407)")
                    .hasMessageContaining("jdk.http.auth.tunneling.disabledSchemes");
            assertThat(asked.get(10, TimeUnit.SECONDS))
                    .isEqualTo("CONNECT hub.invalid:443 HTTP/1.1");
        }
    }

    private static String refuseTunnel(ServerSocket server) {
        try (Socket socket = server.accept();
                BufferedReader in =
                        new BufferedReader(
                                new InputStreamReader(
                                        socket.getInputStream(), StandardCharsets.US_ASCII))) {
            String first = in.readLine();
            while (!in.readLine().isEmpty()) {
                // the other headers
            }
            String answer =
                    "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"p\"\r\n"
                            + "Content-Length: 0\r\n\r\n";
            socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            return first;
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Test
    void aProxyThatIsNotThereIsNamed() {
        Hub hub = hub("https://hub.invalid", Map.of("ALL_PROXY", "http://u:secret@127.0.0.1:9"));
        assertThatThrownBy(() -> hub.file(MODEL, "config.json"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("through the proxy http://127.0.0.1:9 (ALL_PROXY)")
                .hasMessageContaining("HTTPS_PROXY")
                .hasMessageNotContaining("secret");
        Hub direct = hub("http://127.0.0.1:9", Map.of());
        assertThatThrownBy(() -> direct.file(MODEL, "config.json"))
                .hasMessageContaining("behind a proxy, name it in HTTPS_PROXY")
                .hasMessageContaining("-Dhttps.proxyHost");
    }

    private Hub hub(String endpoint, Map<String, String> environment) {
        HubSettings settings = new HubSettings(temp, URI.create(endpoint), Optional.empty(), false);
        return new Hub(
                settings,
                DownloadListener.NONE,
                SHORT,
                new HubProxies(environment, Optional.empty()));
    }
}
