package io.github.icthp.train.pickhigh;

import dev.langchain4j.exception.HttpException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** See {@link LangChain4jHttp}. */
final class LangChain4jHttpClient implements HttpClient {

    /** Far more than a prompt and its reasons take. */
    private static final long MOST_BYTES = 8L << 20;

    private static final int GOOD = 200;
    private static final int GOOD_END = 300;

    private final BoundedHttp http;

    LangChain4jHttpClient(Duration connectTimeout, Duration readTimeout) {
        this.http =
                new BoundedHttp(
                        java.net.http.HttpClient.newBuilder()
                                .connectTimeout(connectTimeout)
                                // A key must not follow to wherever an answer points.
                                .followRedirects(Redirect.NEVER)
                                .build(),
                        readTimeout,
                        MOST_BYTES);
    }

    /** A server that asks to wait. */
    static final class RetryLaterException extends HttpException {
        private static final long serialVersionUID = 1;

        private final Duration wait;

        RetryLaterException(int status, String body, Duration wait) {
            super(status, body);
            this.wait = wait;
        }

        Duration retryAfter() {
            return wait;
        }
    }

    @Override
    public SuccessfulHttpResponse execute(HttpRequest request) {
        HttpResponse<byte[]> response;
        try {
            response = http.send(sent(request));
        } catch (HttpTimeoutException e) {
            throw new TimeoutException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String body = new String(response.body(), StandardCharsets.UTF_8);
        int status = response.statusCode();
        if (status < GOOD || status >= GOOD_END) {
            Optional<Duration> wait = RetryAfter.of(response.headers(), Instant.now());
            throw wait.isPresent()
                    ? new RetryLaterException(status, body, wait.get())
                    : new HttpException(status, body);
        }
        return SuccessfulHttpResponse.builder()
                .statusCode(status)
                .headers(response.headers().map())
                .body(body)
                .build();
    }

    private static java.net.http.HttpRequest sent(HttpRequest request) {
        if (!request.formDataFields().isEmpty() || !request.formDataFiles().isEmpty()) {
            throw new UnsupportedOperationException(
                    "LangChain4jHttp: sends requests of chat models, got a form");
        }
        URI address = URI.create(request.url());
        BodyPublisher body =
                request.body() == null
                        ? BodyPublishers.noBody()
                        : BodyPublishers.ofString(request.body());
        java.net.http.HttpRequest.Builder sent =
                java.net.http.HttpRequest.newBuilder(address).method(request.method().name(), body);
        if ("http".equalsIgnoreCase(address.getScheme())) {
            // Some servers on the own machine take an offer of HTTP/2 for another protocol.
            sent.version(Version.HTTP_1_1);
        }
        request.headers()
                .forEach((name, values) -> values.forEach(value -> sent.header(name, value)));
        return sent.build();
    }

    /** Is not supported: the build wants whole answers. */
    @Override
    public void execute(
            HttpRequest request, ServerSentEventParser parser, ServerSentEventListener listener) {
        throw new UnsupportedOperationException(
                "LangChain4jHttp: sends requests for whole answers, got one for a stream");
    }
}
