package io.github.icthp.train.pickhigh;

/**
 * A language model that answers one request. {@link LangChain4jModel} adapts those of LangChain4j.
 *
 * <p>Implementations are called by several threads at once. They do not retry: limits on rate,
 * retries and a cache are the build's.
 */
public interface LanguageModel {

    /**
     * Returns what the data card calls this model. It must hold no secret.
     *
     * @return provider and model
     */
    String name();

    /**
     * Asks the model.
     *
     * @param instructions the system message
     * @param request the user's message
     * @return its answer
     * @throws LanguageModelException if there is none; its kind says whether asking again may help
     */
    Answer ask(String instructions, String request) throws LanguageModelException;

    /**
     * An answer.
     *
     * @param text what the model said
     * @param refused whether the provider says that its filter withheld the answer
     * @param inputTokens how many tokens were read; 0 if the server does not say
     * @param outputTokens how many tokens were written; 0 if the server does not say
     */
    record Answer(String text, boolean refused, int inputTokens, int outputTokens) {}
}
