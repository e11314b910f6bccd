package io.github.icthp.train.pickhigh;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Serves one picture on this machine, and everything that goes wrong where pictures are. */
final class PictureServer implements AutoCloseable {

    final ConcurrentMap<String, AtomicInteger> asked = new ConcurrentHashMap<>();
    volatile boolean restored;
    private final byte[] picture;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch end = new CountDownLatch(1);

    PictureServer(byte[] picture) throws IOException {
        this.picture = picture;
        this.server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    String address(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/" + path;
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath().substring(1);
        int times = asked.computeIfAbsent(path, p -> new AtomicInteger()).incrementAndGet();
        try (exchange) {
            switch (path) {
                case "gone" -> send(exchange, restored ? 200 : 404, picture);
                case "moved" -> redirect(exchange, address("ok"));
                case "round" -> redirect(exchange, address("round"));
                case "local" -> redirect(exchange, "file:///etc/hostname");
                case "busy" -> {
                    exchange.getResponseHeaders().set("Retry-After", "3");
                    send(exchange, times == 1 ? 429 : 200, picture);
                }
                case "broken" -> send(exchange, 500, picture);
                case "page" ->
                        send(exchange, 200, "<html>".repeat(9).getBytes(StandardCharsets.UTF_8));
                case "empty" -> exchange.sendResponseHeaders(200, -1);
                case "huge" -> endless(exchange);
                case "silent" -> halfway(exchange);
                case "cut" -> {
                    exchange.sendResponseHeaders(200, picture.length);
                    exchange.getResponseBody().write(picture, 0, picture.length / 2);
                }
                default -> send(exchange, 200, picture);
            }
        }
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    private static void redirect(HttpExchange exchange, String to) throws IOException {
        exchange.getResponseHeaders().set("Location", to);
        exchange.sendResponseHeaders(302, -1);
    }

    private void endless(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        OutputStream body = exchange.getResponseBody();
        while (end.getCount() > 0) {
            body.write(picture);
        }
    }

    private void halfway(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, picture.length);
        exchange.getResponseBody().write(picture, 0, picture.length / 2);
        exchange.getResponseBody().flush();
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        end.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
