package io.github.icthp.train.pickhigh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;

import io.github.icthp.train.pickhigh.LanguageModel.Answer;
import io.github.icthp.train.pickhigh.LanguageModelException.Kind;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.function.Supplier;

class LangChain4jModelTest {

    private static final String KEY = "sk-secret-1234";

    private static LangChain4jModel of(Supplier<ChatResponse> response) {
        ChatModel model =
                new ChatModel() {
                    @Override
                    public ChatResponse doChat(ChatRequest request) {
                        return response.get();
                    }
                };
        return new LangChain4jModel(model, "test " + KEY, List.of(KEY, ""));
    }

    private static LanguageModelException failure(RuntimeException thrown) {
        LangChain4jModel model =
                of(
                        () -> {
                            throw thrown;
                        });
        return catchThrowableOfType(
                LanguageModelException.class, () -> model.ask("instructions", "request"));
    }

    @Test
    void answersWithTokens() throws LanguageModelException {
        LangChain4jModel model =
                of(
                        () ->
                                ChatResponse.builder()
                                        .aiMessage(AiMessage.from("hello " + KEY))
                                        .tokenUsage(new TokenUsage(7, 3))
                                        .build());
        assertThat(model.ask("a", "b")).isEqualTo(new Answer("hello (key)", false, 7, 3));
        assertThat(model.name()).isEqualTo("test (key)");
    }

    @Test
    void tellsFailuresApartWithoutKeys() {
        LanguageModelException wrongKey =
                failure(new AuthenticationException("Incorrect API key: " + KEY));
        assertThat(wrongKey.kind()).isEqualTo(Kind.EVERY_REQUEST);
        assertThat(wrongKey).hasMessageContaining("(key)").hasNoCause();
        assertThat(wrongKey.getMessage()).doesNotContain(KEY);
        assertThat(failure(new RateLimitException("slow down")).kind()).isEqualTo(Kind.TRANSIENT);
        assertThat(failure(new InvalidRequestException("no")).kind()).isEqualTo(Kind.REQUEST);
        assertThat(failure(new IllegalStateException("<html>")).kind()).isEqualTo(Kind.TRANSIENT);
    }

    @Test
    void takesFiltersForRefusals() throws LanguageModelException {
        assertThat(
                        of(() -> {
                                    throw new ContentFilteredException("filtered");
                                })
                                .ask("a", "b")
                                .refused())
                .isTrue();
        assertThat(
                        of(() ->
                                        ChatResponse.builder()
                                                .aiMessage(AiMessage.from(""))
                                                .finishReason(FinishReason.CONTENT_FILTER)
                                                .build())
                                .ask("a", "b")
                                .refused())
                .isTrue();
        LanguageModelException empty =
                catchThrowableOfType(
                        LanguageModelException.class,
                        () ->
                                of(() ->
                                                ChatResponse.builder()
                                                        .aiMessage(AiMessage.from(" "))
                                                        .build())
                                        .ask("a", "b"));
        assertThat(empty.kind()).isEqualTo(Kind.TRANSIENT);
    }
}
