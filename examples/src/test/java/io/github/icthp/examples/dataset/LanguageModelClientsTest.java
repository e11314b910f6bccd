package io.github.icthp.examples.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.base.Throwables;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import io.github.icthp.train.pickhigh.LanguageModel;
import io.github.icthp.train.pickhigh.LanguageModel.Answer;
import io.github.icthp.train.pickhigh.LanguageModelException;
import io.github.icthp.train.pickhigh.LanguageModelException.Kind;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The clients of the command line, against servers of this machine that speak their protocols. */
class LanguageModelClientsTest {

    private static final String KEY = "sk-do-not-tell-42";

    private HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch end = new CountDownLatch(1);
    private final List<Heard> heard = Collections.synchronizedList(new ArrayList<>());
    private Reply reply = exchange -> {};

    /** Answers a request. */
    @FunctionalInterface
    private interface Reply {
        void send(HttpExchange exchange) throws IOException;
    }

    private record Heard(String path, String key, JsonObject body) {}

    /** A provider: what its answers look like, and where its key is sent. */
    private enum Provider {
        OPENAI("/v1", "/v1/chat/completions", "Authorization", "Bearer " + KEY) {
            @Override
            String answer(String text, String end) {
                return "{\"id\": \"1\", \"object\": \"chat.completion\", \"created\": 1, \"model\":"
                        + " \"any\", \"choices\": [{\"index\": 0, \"message\": {\"role\":"
                        + " \"assistant\", \"content\": \""
                        + text
                        + "\"}, \"finish_reason\": \""
                        + end
                        + "\"}], \"usage\": {\"prompt_tokens\": 11, \"completion_tokens\": 4,"
                        + " \"total_tokens\": 15}}";
            }
        },
        ANTHROPIC("/v1", "/v1/messages", "x-api-key", KEY) {
            @Override
            String answer(String text, String end) {
                String stop = end.equals("stop") ? "end_turn" : "refusal";
                return "{\"id\": \"1\", \"type\": \"message\", \"role\": \"assistant\", \"model\":"
                        + " \"any\", \"content\": ["
                        + (text.isEmpty() ? "" : "{\"type\": \"text\", \"text\": \"" + text + "\"}")
                        + "], \"stop_reason\": \""
                        + stop
                        + "\", \"usage\": {\"input_tokens\": 11, \"output_tokens\": 4}}";
            }
        },
        OLLAMA("", "/api/chat", "Authorization", "") {
            @Override
            String answer(String text, String end) {
                return "{\"model\": \"any\", \"created_at\": \"2026-11-30T12:00:00Z\", \"message\":"
                        + " {\"role\": \"assistant\", \"content\": \""
                        + text
                        + "\"}, \"done\": true, \"done_reason\": \"stop\","
                        + " \"prompt_eval_count\": 11, \"eval_count\": 4}";
            }
        };

        private final String base;
        private final String path;
        private final String header;
        private final String value;

        Provider(String base, String path, String header, String value) {
            this.base = base;
            this.path = path;
            this.header = header;
            this.value = value;
        }

        abstract String answer(String text, String end);
    }

    @Command(name = "any")
    private static final class Options {
        @Mixin private LanguageModelOptions model = new LanguageModelOptions();
    }

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    try (exchange) {
                        String body =
                                new String(
                                        exchange.getRequestBody().readAllBytes(),
                                        StandardCharsets.UTF_8);
                        heard.add(
                                new Heard(
                                        exchange.getRequestURI().getPath(),
                                        new TreeMap<>(exchange.getRequestHeaders())
                                                .toString()
                                                .toLowerCase(Locale.ROOT),
                                        JsonParser.parseString(body).getAsJsonObject()));
                        reply.send(exchange);
                    }
                });
        server.setExecutor(threads);
        server.start();
    }

    @AfterEach
    void stop() {
        end.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    private LanguageModel model(Provider provider) {
        Options options = new Options();
        new CommandLine(options)
                .parseArgs(
                        "--language-model",
                        provider.name().toLowerCase(Locale.ROOT) + ":any",
                        "--url",
                        "http://127.0.0.1:" + server.getAddress().getPort() + provider.base,
                        "--timeout",
                        "2");
        return options.model
                .open(variable -> variable.endsWith("_API_KEY") ? KEY : null)
                .orElseThrow();
    }

    private LanguageModelException failure(Provider provider) {
        LanguageModel model = model(provider);
        LanguageModelException failure =
                catchThrowableOfType(
                        LanguageModelException.class, () -> model.ask("instructions", "request"));
        assertThat(failure).as("%s: an answer, where there is none", provider).isNotNull();
        if (provider != Provider.OLLAMA) { // which has no key, and knows none
            assertThat(Throwables.getStackTraceAsString(failure)).doesNotContain(KEY);
        }
        assertThat(heard).as("asks once: the build retries").hasSize(1);
        return failure;
    }

    private static Reply of(int status, String type, String body) {
        return exchange -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            if (bytes.length > 0) {
                exchange.getResponseBody().write(bytes);
            }
        };
    }

    @ParameterizedTest
    @EnumSource
    void answersWithTokens(Provider provider) throws LanguageModelException {
        reply = of(200, "application/json", provider.answer("hello " + KEY, "stop"));
        Answer answer = model(provider).ask("be brief", "greet");
        String clean = provider == Provider.OLLAMA ? "hello " + KEY : "hello (key)";
        assertThat(answer).isEqualTo(new Answer(clean, false, 11, 4));
        Heard request = heard.get(0);
        assertThat(request.path()).isEqualTo(provider.path);
        assertThat(request.body().get("model").getAsString()).isEqualTo("any");
        assertThat(request.body().toString()).contains("be brief", "greet").doesNotContain(KEY);
        if (!provider.value.isEmpty()) {
            assertThat(request.key())
                    .contains(
                            (provider.header + "=[" + provider.value + "]")
                                    .toLowerCase(Locale.ROOT));
        } else {
            assertThat(request.key()).doesNotContain(KEY);
        }
    }

    @ParameterizedTest
    @EnumSource
    void tellsHowLongToWait(Provider provider) {
        reply =
                exchange -> {
                    exchange.getResponseHeaders().set("Retry-After", "17");
                    of(429, "application/json", "{\"error\": \"slow down, " + KEY + "\"}")
                            .send(exchange);
                };
        LanguageModelException failure = failure(provider);
        assertThat(failure.kind()).isEqualTo(Kind.TRANSIENT);
        assertThat(failure.retryAfter()).isEqualTo(Duration.ofSeconds(17));
        assertThat(failure).hasMessageContaining("HTTP 429").hasMessageContaining("slow down");
    }

    @ParameterizedTest
    @EnumSource
    void triesAgainWhatIsNoAnswer(Provider provider) {
        String whole = provider.answer("hello", "stop");
        List<Reply> replies =
                List.of(
                        of(500, "text/plain", "out of order " + KEY),
                        of(503, "text/html", "<html>" + KEY + "</html>"),
                        of(529, "application/json", "{\"error\": \"overloaded\"}"),
                        of(200, "application/json", whole.substring(0, whole.length() / 2)),
                        of(200, "application/json", ""),
                        of(200, "application/json", "{}"),
                        of(200, "application/json", "null"),
                        of(200, "text/html", "<html><body>Please wait " + KEY + "</body></html>"),
                        of(200, "application/json", provider.answer(" ", "stop")),
                        of(204, "application/json", ""),
                        of(302, "text/html", "elsewhere"),
                        exchange -> {},
                        exchange -> {
                            exchange.sendResponseHeaders(200, 1000);
                            exchange.getResponseBody().write('{');
                        });
        for (int i = 0; i < replies.size(); i++) {
            heard.clear();
            reply = replies.get(i);
            LanguageModelException failure = failure(provider);
            assertThat(failure.kind())
                    .as("reply %s: %s", i, failure.getMessage())
                    .isEqualTo(Kind.TRANSIENT);
            assertThat(failure.retryAfter()).isZero();
        }
    }

    /** A server that begins an answer and then says nothing, with its connection open. */
    @ParameterizedTest
    @EnumSource
    void givesUpAServerThatStopsHalfway(Provider provider) {
        reply =
                exchange -> {
                    exchange.sendResponseHeaders(200, 1000);
                    exchange.getResponseBody().write('{');
                    exchange.getResponseBody().flush();
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                };
        LanguageModelException failure = failure(provider);
        assertThat(failure.kind()).isEqualTo(Kind.TRANSIENT);
        assertThat(failure).hasMessageContaining("no whole answer in 2 s");
    }

    @ParameterizedTest
    @EnumSource
    void stopsAtAWrongKeyOrModel(Provider provider) {
        for (int status : new int[] {401, 403, 404}) {
            heard.clear();
            reply = of(status, "application/json", "{\"error\": \"no " + KEY + "\"}");
            LanguageModelException failure = failure(provider);
            assertThat(failure.kind()).isEqualTo(Kind.EVERY_REQUEST);
            assertThat(failure).hasMessageContaining("HTTP " + status);
        }
        heard.clear();
        reply = of(400, "application/json", "{\"error\": \"too long\"}");
        assertThat(failure(provider).kind()).isEqualTo(Kind.REQUEST);
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENAI", "ANTHROPIC"})
    void takesAProvidersFilterForARefusal(Provider provider) throws LanguageModelException {
        reply = of(200, "application/json", provider.answer("", "content_filter"));
        assertThat(model(provider).ask("a", "b").refused()).isTrue();
    }
}
