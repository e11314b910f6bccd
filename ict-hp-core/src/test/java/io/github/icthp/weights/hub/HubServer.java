package io.github.icthp.weights.hub;

import com.google.common.hash.Hashing;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A hub on the loopback address with one model, {@code owner/name}. Files ending in {@code .bin} or
 * {@code .safetensors} come from a second host (another port), as large files do.
 */
final class HubServer implements AutoCloseable {

    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    private final HttpServer hub;
    private final HttpServer store;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, byte[]> files = new TreeMap<>();
    private final Map<String, String> entities = new ConcurrentHashMap<>();

    /** Every request as {@code METHOD path range}, and with {@code +token} if it has one. */
    final List<String> hubRequests = new CopyOnWriteArrayList<>();

    /** The same for the second host. */
    final List<String> storeRequests = new CopyOnWriteArrayList<>();

    /** The next answers with content break off after half of it. */
    final AtomicInteger breaksOff = new AtomicInteger();

    /** The token asked for; empty if none. */
    volatile String token = "";

    /** Whether ranges are ignored. */
    volatile boolean ignoresRanges;

    /** Whether content stops coming half-way, without an end. */
    volatile boolean goesSilent;

    /** Where requests for the model lead instead, if not empty. */
    volatile String movedTo = "";

    HubServer() throws IOException {
        hub = start();
        store = start();
        hub.createContext("/", exchange -> answer(exchange, hubRequests, this::hub));
        store.createContext("/", exchange -> answer(exchange, storeRequests, this::content));
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
    }

    /** Adds a file with its true hash. */
    void add(String name, byte[] content) {
        files.put(name, content);
        entities.put(
                name,
                isLarge(name) ? Hashing.sha256().hashBytes(content).toString() : git(content));
    }

    /** Removes a file. */
    void remove(String name) {
        files.remove(name);
    }

    /** Makes the hub announce another hash than the content has. */
    void announceWrongly(String name) {
        entities.put(name, "0".repeat(64));
    }

    String entity(String name) {
        return entities.get(name);
    }

    @Override
    public void close() {
        hub.stop(0);
        store.stop(0);
        threads.shutdownNow();
    }

    private HttpServer start() throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.start();
        return server;
    }

    private interface Answer {
        void to(HttpExchange exchange, String path) throws IOException;
    }

    private static void answer(HttpExchange exchange, List<String> log, Answer answer)
            throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        String path = exchange.getRequestURI().getPath();
        log.add(
                exchange.getRequestMethod()
                        + " "
                        + path
                        + (range == null ? "" : " " + range)
                        + (authorization == null ? "" : " +token"));
        try (exchange) {
            answer.to(exchange, path);
        }
    }

    private void hub(HttpExchange exchange, String path) throws IOException {
        String given = exchange.getRequestHeaders().getFirst("Authorization");
        if (!token.isEmpty() && !("Bearer " + token).equals(given)) {
            exchange.sendResponseHeaders(401, -1);
        } else if (!movedTo.isEmpty() && path.startsWith("/owner/name/")) {
            redirect(exchange, 307, movedTo + path.substring("/owner/name".length()));
        } else if (path.startsWith("/api/models/owner/name/revision/")) {
            send(exchange, description().getBytes(StandardCharsets.UTF_8));
        } else {
            resolve(exchange, path);
        }
    }

    private void resolve(HttpExchange exchange, String path) throws IOException {
        String name = path.replaceFirst("^/[^/]+/[^/]+/resolve/[^/]+/", "");
        byte[] content = files.get(name);
        if (content == null || path.contains("/nowhere/")) {
            exchange.sendResponseHeaders(404, -1);
            return;
        }
        exchange.getResponseHeaders().set("X-Repo-Commit", COMMIT);
        if (isLarge(name)) {
            exchange.getResponseHeaders().set("X-Linked-Etag", '"' + entities.get(name) + '"');
            exchange.getResponseHeaders().set("X-Linked-Size", "" + content.length);
            redirect(
                    exchange, 302, "http://127.0.0.1:" + store.getAddress().getPort() + "/" + name);
        } else {
            exchange.getResponseHeaders().set("ETag", "W/\"" + entities.get(name) + '"');
            send(exchange, content);
        }
    }

    private void content(HttpExchange exchange, String path) throws IOException {
        send(exchange, files.get(path.substring(1)));
    }

    private void send(HttpExchange exchange, byte[] content) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from = 0;
        if (range != null && !ignoresRanges) {
            from = Integer.parseInt(range.replaceAll("\\D", ""));
            exchange.getResponseHeaders()
                    .set(
                            "Content-Range",
                            "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
        }
        int length = content.length - from;
        int status = from > 0 ? 206 : 200;
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", "" + length);
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, length == 0 ? -1 : length);
        boolean half = breaksOff.getAndUpdate(n -> Math.max(0, n - 1)) > 0 || goesSilent;
        exchange.getResponseBody().write(content, from, half ? length / 2 : length);
        if (half) {
            exchange.getResponseBody().flush();
            waitWhileSilent();
            throw new IOException("broken off");
        }
    }

    private void waitWhileSilent() {
        try {
            while (goesSilent) {
                Thread.sleep(10);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void redirect(HttpExchange exchange, int status, String location)
            throws IOException {
        exchange.getResponseHeaders().set("Location", location);
        exchange.sendResponseHeaders(status, -1);
    }

    private String description() {
        JsonArray siblings = new JsonArray();
        for (String file : files.keySet()) {
            JsonObject sibling = new JsonObject();
            sibling.addProperty("rfilename", file);
            siblings.add(sibling);
        }
        JsonObject description = new JsonObject();
        description.addProperty("sha", COMMIT);
        description.add("siblings", siblings);
        return description.toString();
    }

    private static boolean isLarge(String name) {
        return name.endsWith(".bin") || name.endsWith(".safetensors");
    }

    @SuppressWarnings("deprecation") // git's hash
    private static String git(byte[] content) {
        return Hashing.sha1()
                .newHasher()
                .putString("blob " + content.length + "\0", StandardCharsets.US_ASCII)
                .putBytes(content)
                .hash()
                .toString();
    }
}
