package io.github.icthp.weights.hub;

import static java.util.stream.Collectors.joining;

import io.github.icthp.weights.hub.HubException.Reason;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Asks the hub. Follows redirects itself, so that the token never leaves the endpoint's own scheme,
 * host and port.
 */
final class HubHttp {

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static final int MAX_REDIRECTS = 10;

    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int MISSING = 404;
    private static final int PROXY_AUTHORIZATION = 407;
    private static final int GONE = 410;

    private final HubSettings settings;
    private final HubProxies proxies;
    private final HttpClient client;

    HubHttp(HubSettings settings, HubProxies proxies) {
        this.settings = settings;
        this.proxies = proxies;
        this.client =
                HttpClient.newBuilder()
                        .connectTimeout(CONNECT)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .proxy(proxies)
                        .build();
    }

    /** Says through which proxy the hub is asked; nothing if it is asked directly. */
    String way() {
        return proxies.proxy(settings.endpoint())
                .map(proxy -> " through the proxy " + proxy)
                .orElse("");
    }

    /** Says what to look at when the hub cannot be reached. */
    String remedy() {
        return "Check the network"
                + (way().isEmpty()
                        ? " (behind a proxy, name it in HTTPS_PROXY or with -Dhttps.proxyHost=HOST"
                                + " -Dhttps.proxyPort=PORT)"
                        : " and the proxy (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY;"
                                + " -Dhttps.proxyHost)");
    }

    /**
     * What the hub says of a file before it sends it.
     *
     * @param commit the commit that the revision stands for
     * @param entity names the content; for large files its SHA-256, for others git's hash
     * @param size the bytes, if told
     */
    record Announcement(String commit, String entity, OptionalLong size) {}

    /** Returns the address of a model's file. */
    URI address(HubId id, String name) {
        String path = Arrays.stream(name.split("/")).map(HubHttp::encode).collect(joining("/"));
        return uri("/" + id.path() + "/resolve/" + encode(id.revision()) + "/" + path);
    }

    /** Returns the address of a model's description. */
    URI description(HubId id) {
        return uri("/api/models/" + id.path() + "/revision/" + encode(id.revision()));
    }

    /** Asks for a file's commit, content and size; stops where another host would take over. */
    Announcement announce(URI address, String what) throws IOException {
        URI at = address;
        for (int i = 0; i < MAX_REDIRECTS; i++) {
            HttpResponse<Void> response =
                    send(
                            request(at).method("HEAD", HttpRequest.BodyPublishers.noBody()),
                            BodyHandlers.discarding());
            Optional<URI> next = redirect(response);
            if (next.isPresent() && isOurs(next.get()) && entity(response).isEmpty()) {
                at = next.get();
                continue;
            }
            if (next.isEmpty()) {
                requireGood(response.statusCode(), what);
            }
            return announcement(response, next.isPresent(), what);
        }
        throw tooManyRedirects(what);
    }

    /** Sends the bytes of an address from an offset on, wherever redirects lead. */
    HttpResponse<InputStream> get(URI address, long from, String what) throws IOException {
        URI at = address;
        for (int i = 0; i < MAX_REDIRECTS; i++) {
            HttpRequest.Builder request = request(at).GET();
            if (from > 0) {
                request.header("Range", "bytes=" + from + "-");
            }
            HttpResponse<InputStream> response = send(request, BodyHandlers.ofInputStream());
            Optional<URI> next = redirect(response);
            if (next.isEmpty()) {
                return response;
            }
            response.body().close();
            at = next.get();
        }
        throw tooManyRedirects(what);
    }

    /** Turns a status that is no success into an exception that says what to do. */
    void requireGood(int status, String what) {
        switch (status) {
            case UNAUTHORIZED, FORBIDDEN ->
                    throw new HubException(
                            Reason.NOT_ALLOWED,
                            what
                                    + ": the hub refused access"
                                    + way()
                                    + " (HTTP "
                                    + status
                                    + "). "
                                    + (settings.token().isPresent()
                                            ? "Check that the token (HF_TOKEN) is valid and that"
                                                    + " its owner has accepted the model's terms at "
                                            : "The model may not exist, be private, or ask to"
                                                    + " accept terms: check its name and set"
                                                    + " HF_TOKEN; see ")
                                    + settings.endpoint());
            case MISSING, GONE ->
                    throw new HubException(
                            Reason.NOT_FOUND,
                            what
                                    + " is not on the hub"
                                    + way()
                                    + " (HTTP "
                                    + status
                                    + "): check name and revision at "
                                    + settings.endpoint());
            case PROXY_AUTHORIZATION ->
                    throw new HubException(
                            Reason.UNREACHABLE,
                            what
                                    + ": the hub was asked"
                                    + way()
                                    + ", which wants another user or password (HTTP 407). Give them"
                                    + " as HTTPS_PROXY=http://user:password@host:port; for https"
                                    + " Java sends them only if it is started with"
                                    + " -Djdk.http.auth.tunneling.disabledSchemes=");
            default -> {
                if (status < 200 || status >= 300) {
                    throw new HubException(
                            Reason.UNREACHABLE,
                            what
                                    + ": the hub answered HTTP "
                                    + status
                                    + way()
                                    + ". Try again later");
                }
            }
        }
    }

    private HttpRequest.Builder request(URI address) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(address)
                        .timeout(ANSWER)
                        .header("User-Agent", "ict-hp")
                        .header("Accept-Encoding", "identity");
        proxies.proxy(address)
                .flatMap(HubProxy::authorization)
                .ifPresent(value -> request.header("Proxy-Authorization", value));
        if (isOurs(address)) {
            settings.token().ifPresent(t -> request.header("Authorization", "Bearer " + t));
        }
        return request;
    }

    private <T> HttpResponse<T> send(HttpRequest.Builder request, HttpResponse.BodyHandler<T> body)
            throws IOException {
        try {
            return client.send(request.build(), body);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the hub", e);
        }
    }

    private boolean isOurs(URI address) {
        URI endpoint = settings.endpoint();
        return endpoint.getScheme().equals(address.getScheme())
                && endpoint.getHost().equalsIgnoreCase(address.getHost())
                && endpoint.getPort() == address.getPort();
    }

    private static Optional<URI> redirect(HttpResponse<?> response) throws IOException {
        boolean redirected = response.statusCode() >= 300 && response.statusCode() < 400;
        Optional<String> location = response.headers().firstValue("Location");
        if (!redirected || location.isEmpty()) {
            return Optional.empty();
        }
        try {
            URI next = response.uri().resolve(location.get());
            boolean weaker =
                    "https".equals(response.uri().getScheme()) && !"https".equals(next.getScheme());
            if (next.getHost() == null || weaker) {
                throw new IOException("the hub redirects to the unsafe address " + next);
            }
            return Optional.of(next);
        } catch (IllegalArgumentException e) {
            throw new IOException("the hub redirects to no address: " + location.get(), e);
        }
    }

    private static Announcement announcement(
            HttpResponse<?> response, boolean elsewhere, String what) {
        Optional<String> entity = entity(response).or(() -> response.headers().firstValue("ETag"));
        Optional<String> commit = response.headers().firstValue("X-Repo-Commit");
        if (entity.isEmpty() || commit.isEmpty() || !HubId.isCommit(commit.get())) {
            throw new HubException(
                    Reason.DAMAGED,
                    what
                            + ": the hub does not tell commit and content of the file; is a proxy"
                            + " in between, or is HF_ENDPOINT no hub?");
        }
        OptionalLong size = size(response, "X-Linked-Size");
        if (size.isEmpty() && !elsewhere) {
            size = size(response, "Content-Length");
        }
        return new Announcement(commit.get(), HubNames.entity(entity.get()), size);
    }

    private static Optional<String> entity(HttpResponse<?> response) {
        return response.headers().firstValue("X-Linked-Etag");
    }

    private static OptionalLong size(HttpResponse<?> response, String header) {
        try {
            return response.headers().firstValueAsLong(header);
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    private URI uri(String path) {
        return URI.create(settings.endpoint() + path);
    }

    private static String encode(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static HubException tooManyRedirects(String what) {
        return new HubException(
                Reason.UNREACHABLE, what + ": the hub redirects in circles. Try again later");
    }
}
