package io.github.icthp.train.pickhigh;

/**
 * What a build would take.
 *
 * @param rows rows of the source
 * @param basePrompts how many of them are base prompts, the sample taken
 * @param requests requests to the language model, repairs and retries not counted
 * @param inputTokens estimated tokens that it reads, at four characters a token
 * @param outputTokens estimated tokens that it writes
 * @param cost what they cost by the prices given; 0 without prices
 * @param pictures pictures to be made at most
 */
public record BuildEstimate(
        long rows,
        long basePrompts,
        long requests,
        long inputTokens,
        long outputTokens,
        double cost,
        long pictures) {}
