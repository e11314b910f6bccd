package io.github.icthp.examples.dataset;

import dev.langchain4j.model.anthropic.AnthropicChatModel;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.ollama.OllamaChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;

import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.train.pickhigh.LangChain4jHttp;
import io.github.icthp.train.pickhigh.LangChain4jModel;
import io.github.icthp.train.pickhigh.LanguageModel;
import io.github.icthp.train.pickhigh.PickHighBuild;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Which language model, and how it is asked. Keys are read from the environment alone. */
final class LanguageModelOptions {

    private static final String NO_KEY = "none";
    private static final int LONGEST_ANSWER = 1500;

    @Option(
            names = "--language-model",
            paramLabel = "PROVIDER:MODEL",
            description =
                    "openai:MODEL for OpenAI and compatible servers (--url), anthropic:MODEL or"
                            + " ollama:MODEL; the key is read from OPENAI_API_KEY or"
                            + " ANTHROPIC_API_KEY; default: prompts are not refined")
    private @Nullable String model;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description =
                    "the server, for example http://localhost:8000/v1; default: the provider's own,"
                            + " for Ollama http://localhost:11434")
    private @Nullable String url;

    @Option(
            names = "--key-variable",
            paramLabel = "NAME",
            description = "the environment variable that holds the key")
    private @Nullable String keyVariable;

    @Option(
            names = "--parallel",
            paramLabel = "N",
            defaultValue = "8",
            description = "requests at once (default ${DEFAULT-VALUE})")
    private int parallel;

    @Option(
            names = "--requests-per-minute",
            paramLabel = "N",
            defaultValue = "0",
            description = "at most so many; 0 for no limit (default)")
    private double perMinute;

    @Option(
            names = "--tries",
            paramLabel = "N",
            defaultValue = "6",
            description = "how often a request is put at most (default ${DEFAULT-VALUE})")
    private int tries;

    @Option(
            names = "--pause",
            paramLabel = "MS",
            defaultValue = "1000",
            description =
                    "milliseconds before a request is put again, doubling each time (default"
                            + " ${DEFAULT-VALUE})")
    private long pause;

    @Option(
            names = "--timeout",
            paramLabel = "S",
            defaultValue = "120",
            description = "seconds until a silent server is given up (default ${DEFAULT-VALUE})")
    private long timeout;

    @Option(
            names = "--input-price",
            paramLabel = "P",
            defaultValue = "0",
            description = "of a million tokens read, for the estimate and the report")
    private double inputPrice;

    @Option(
            names = "--output-price",
            paramLabel = "P",
            defaultValue = "0",
            description = "of a million tokens written")
    private double outputPrice;

    /** Sets how requests are put. */
    void apply(PickHighBuild build) {
        build.requests(parallel, perMinute, tries, Duration.ofMillis(pause))
                .prices(inputPrice, outputPrice);
    }

    /**
     * Returns the model that is named.
     *
     * @param environment gives the variables that may hold its key
     */
    Optional<LanguageModel> open(UnaryOperator<@Nullable String> environment) {
        if (model == null) {
            return Optional.empty();
        }
        int colon = model.indexOf(':');
        String provider = colon < 0 ? "" : model.substring(0, colon);
        String name = model.substring(colon + 1);
        if (name.isBlank()) {
            throw new UnusableException(
                    "--language-model: expected PROVIDER:MODEL, for example"
                            + " anthropic:claude-3-5-sonnet-20241022, got "
                            + model);
        }
        return Optional.of(
                switch (provider) {
                    case "openai" -> openAi(name, key(environment, "OPENAI_API_KEY", url != null));
                    case "anthropic" ->
                            anthropic(name, key(environment, "ANTHROPIC_API_KEY", false));
                    case "ollama" -> ollama(name);
                    default ->
                            throw new UnusableException(
                                    "--language-model: expected openai:, anthropic: or ollama:, got"
                                            + " "
                                            + model);
                });
    }

    private String key(UnaryOperator<@Nullable String> environment, String usual, boolean mayLack) {
        String variable = keyVariable == null ? usual : keyVariable;
        String key = environment.apply(variable);
        if (key != null && !key.isBlank()) {
            return key.strip();
        }
        if (mayLack && keyVariable == null) {
            return NO_KEY;
        }
        throw new UnusableException(
                "no key: set the environment variable "
                        + variable
                        + ", or name another with"
                        + " --key-variable");
    }

    private LanguageModel openAi(String name, String key) {
        OpenAiChatModel.OpenAiChatModelBuilder builder =
                OpenAiChatModel.builder()
                        .apiKey(key)
                        .modelName(name)
                        .temperature(0.0)
                        .timeout(Duration.ofSeconds(timeout))
                        .maxRetries(0)
                        .httpClientBuilder(new LangChain4jHttp())
                        .logRequests(false)
                        .logResponses(false);
        if (url != null) {
            builder.baseUrl(url);
        }
        return named(builder.build(), "openai " + name, key);
    }

    private LanguageModel anthropic(String name, String key) {
        AnthropicChatModel.AnthropicChatModelBuilder builder =
                AnthropicChatModel.builder()
                        .apiKey(key)
                        .modelName(name)
                        .temperature(0.0)
                        .maxTokens(LONGEST_ANSWER)
                        .timeout(Duration.ofSeconds(timeout))
                        .maxRetries(0)
                        .httpClientBuilder(new LangChain4jHttp())
                        .logRequests(false)
                        .logResponses(false);
        if (url != null) {
            builder.baseUrl(url);
        }
        return named(builder.build(), "anthropic " + name, key);
    }

    private LanguageModel ollama(String name) {
        return named(
                OllamaChatModel.builder()
                        .baseUrl(url == null ? "http://localhost:11434" : url)
                        .modelName(name)
                        .temperature(0.0)
                        .timeout(Duration.ofSeconds(timeout))
                        .maxRetries(0)
                        .httpClientBuilder(new LangChain4jHttp())
                        .logRequests(false)
                        .logResponses(false)
                        .build(),
                "ollama " + name,
                NO_KEY);
    }

    private static LanguageModel named(ChatModel chat, String name, String key) {
        return new LangChain4jModel(chat, name, key.equals(NO_KEY) ? List.of() : List.of(key));
    }
}
