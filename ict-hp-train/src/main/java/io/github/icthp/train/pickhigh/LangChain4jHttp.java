package io.github.icthp.train.pickhigh;

import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpClientBuilder;

import java.time.Duration;

/**
 * The HTTP client that chat models of LangChain4j are best given, as their builders' {@code
 * httpClientBuilder}: it tells the build how long a server asks to wait ({@code Retry-After}), and
 * bounds the time and size of an answer with its body, while LangChain4j's own waits for a body
 * that stops halfway without end. {@code langchain4j-http-client} must be on the class path, where
 * every provider of LangChain4j brings it.
 */
public final class LangChain4jHttp implements HttpClientBuilder {

    private Duration connectTimeout = Duration.ofSeconds(15);
    private Duration readTimeout = Duration.ofMinutes(2);

    /** Makes a builder; a chat model's builder sets its time-outs. */
    public LangChain4jHttp() {}

    @Override
    public Duration connectTimeout() {
        return connectTimeout;
    }

    @Override
    public HttpClientBuilder connectTimeout(Duration timeout) {
        this.connectTimeout = timeout;
        return this;
    }

    @Override
    public Duration readTimeout() {
        return readTimeout;
    }

    /**
     * Sets the time until the last byte of an answer.
     *
     * @param timeout the time
     * @return this
     */
    @Override
    public HttpClientBuilder readTimeout(Duration timeout) {
        this.readTimeout = timeout;
        return this;
    }

    @Override
    public HttpClient build() {
        return new LangChain4jHttpClient(connectTimeout, readTimeout);
    }
}
