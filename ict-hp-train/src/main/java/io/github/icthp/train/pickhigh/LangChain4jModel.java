package io.github.icthp.train.pickhigh;

import com.google.common.base.Throwables;

import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;

import io.github.icthp.train.pickhigh.LangChain4jHttpClient.RetryLaterException;
import io.github.icthp.train.pickhigh.LanguageModelException.Kind;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/**
 * Any chat model of LangChain4j, which must be on the class path: this module does not bring it.
 *
 * <p>The chat model is best made without retries ({@code maxRetries(0)}), as the build retries,
 * with {@link LangChain4jHttp} as its HTTP client, and without logging of requests, which would log
 * what keys it was given.
 */
public final class LangChain4jModel implements LanguageModel {

    private static final int LONGEST_MESSAGE = 300;

    private final ChatModel model;
    private final String name;
    private final List<String> secrets;

    /**
     * Adapts a chat model.
     *
     * @param model the chat model
     * @param name what the data card calls it, for example {@code anthropic claude-3-5-sonnet}
     * @param secrets the keys that it was given: where one appears in a message, it is taken out
     */
    public LangChain4jModel(ChatModel model, String name, List<String> secrets) {
        this.model = model;
        this.secrets = secrets.stream().filter(secret -> !secret.isEmpty()).toList();
        this.name = withoutSecrets(name);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Answer ask(String instructions, String request) throws LanguageModelException {
        ChatResponse response;
        try {
            response = model.chat(SystemMessage.from(instructions), UserMessage.from(request));
        } catch (ContentFilteredException e) {
            return new Answer("", true, 0, 0);
        } catch (AuthenticationException | ModelNotFoundException e) {
            throw failure(Kind.EVERY_REQUEST, e);
        } catch (InvalidRequestException e) {
            throw failure(Kind.REQUEST, e);
        } catch (RuntimeException e) {
            // Broken connections, HTML pages and half an answer come in as many types as clients.
            throw failure(Kind.TRANSIENT, e);
        }
        String text = response.aiMessage() == null ? null : response.aiMessage().text();
        boolean refused = withheld(response.finishReason(), text);
        if (!refused && (text == null || text.isBlank())) {
            throw new LanguageModelException(Kind.TRANSIENT, "the answer holds no text");
        }
        TokenUsage usage = response.tokenUsage();
        return new Answer(
                text == null ? "" : withoutSecrets(text),
                refused,
                usage == null ? 0 : count(usage.inputTokenCount()),
                usage == null ? 0 : count(usage.outputTokenCount()));
    }

    /** Anthropic's {@code refusal} is a reason that LangChain4j does not know, without a text. */
    private static boolean withheld(@Nullable FinishReason reason, @Nullable String text) {
        return reason == FinishReason.CONTENT_FILTER
                || (reason == FinishReason.OTHER && (text == null || text.isBlank()));
    }

    private static int count(@Nullable Integer tokens) {
        return tokens == null ? 0 : tokens;
    }

    private LanguageModelException failure(Kind kind, RuntimeException e) {
        Throwable root = Throwables.getRootCause(e);
        String what =
                root instanceof HttpException http
                        ? "HTTP " + http.statusCode()
                        : root.getClass().getSimpleName();
        String message = root.getMessage() == null ? "" : root.getMessage().strip();
        String told = withoutSecrets(what + (message.isEmpty() ? "" : ": " + message));
        String line = told.replaceAll("\\s+", " ");
        return new LanguageModelException(
                kind,
                line.length() > LONGEST_MESSAGE ? line.substring(0, LONGEST_MESSAGE) + "…" : line,
                root instanceof RetryLaterException later ? later.retryAfter() : Duration.ZERO);
    }

    private String withoutSecrets(String text) {
        String clean = text;
        for (String secret : secrets) {
            clean = clean.replace(secret, "(key)");
        }
        return clean;
    }
}
