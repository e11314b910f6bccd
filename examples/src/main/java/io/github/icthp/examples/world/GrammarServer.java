package io.github.icthp.examples.world;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A small server with OpenAI's {@code /v1/chat/completions} on this machine alone, behind which the
 * drawn world's grammar answers in a language model's place: so a data set can be built without a
 * key or a download, over HTTP as with a real one. {@link Planted} says what goes wrong on purpose.
 */
public final class GrammarServer implements AutoCloseable {

    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final GrammarAnswers answers = new GrammarAnswers();
    private final Set<String> asked = ConcurrentHashMap.newKeySet();

    private GrammarServer(HttpServer server) {
        this.server = server;
    }

    /**
     * Starts a server on a free port.
     *
     * @return the server, to be closed by the caller
     * @throws IOException if there is no port
     */
    public static GrammarServer start() throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        GrammarServer grammar = new GrammarServer(server);
        server.createContext("/v1/chat/completions", grammar::answer);
        server.setExecutor(grammar.threads);
        server.start();
        return grammar;
    }

    /**
     * Returns what clients take for the API's address.
     *
     * @return an address that ends in {@code /v1}
     */
    public URI address() {
        InetSocketAddress at = server.getAddress();
        return URI.create("http://" + at.getHostString() + ":" + at.getPort() + "/v1");
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String instructions = "";
            String request = "";
            try (Reader in =
                    new InputStreamReader(exchange.getRequestBody(), StandardCharsets.UTF_8)) {
                JsonObject body = JsonParser.parseReader(in).getAsJsonObject();
                for (JsonElement element : body.getAsJsonArray("messages")) {
                    JsonObject message = element.getAsJsonObject();
                    String text = content(message.get("content"));
                    if (message.get("role").getAsString().equals("system")) {
                        instructions = text;
                    } else {
                        request = text;
                    }
                }
            }
            boolean first = asked.add(instructions + request);
            Planted planted = Planted.of(GrammarAnswers.base(request));
            send(exchange, planted, first, answers.answer(instructions, request));
        }
    }

    private static String content(JsonElement content) {
        if (content.isJsonArray()) {
            return content.getAsJsonArray().get(0).getAsJsonObject().get("text").getAsString();
        }
        return content.getAsString();
    }

    private static void send(HttpExchange exchange, Planted planted, boolean first, String answer)
            throws IOException {
        String whole = completion(answer);
        if (!first) {
            respond(exchange, 200, "application/json", whole);
            return;
        }
        switch (planted) {
            case TOO_MANY ->
                    respond(exchange, 429, "application/json", "{\"error\": \"slow down\"}");
            case SERVER_ERROR -> respond(exchange, 500, "text/plain", "out of order");
            case HALF -> respond(exchange, 200, "application/json", whole.substring(0, 60));
            case PAGE ->
                    respond(exchange, 200, "text/html", "<html><body>Please wait</body></html>");
            case NOTHING -> respond(exchange, 200, "application/json", "");
            default -> respond(exchange, 200, "application/json", whole);
        }
    }

    private static String completion(String answer) {
        JsonObject message = new JsonObject();
        message.addProperty("role", "assistant");
        message.addProperty("content", answer);
        JsonObject choice = new JsonObject();
        choice.addProperty("index", 0);
        choice.add("message", message);
        choice.addProperty("finish_reason", "stop");
        JsonArray choices = new JsonArray();
        choices.add(choice);
        JsonObject usage = new JsonObject();
        usage.addProperty("prompt_tokens", 300);
        usage.addProperty("completion_tokens", answer.length() / 4);
        usage.addProperty("total_tokens", 300 + answer.length() / 4);
        JsonObject json = new JsonObject();
        json.addProperty("id", "grammar");
        json.addProperty("object", "chat.completion");
        json.addProperty("created", 0);
        json.addProperty("model", "drawn-world-grammar");
        json.add("choices", choices);
        json.add("usage", usage);
        return json.toString();
    }

    private static void respond(HttpExchange exchange, int status, String type, String text)
            throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    /** Stops the server. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
