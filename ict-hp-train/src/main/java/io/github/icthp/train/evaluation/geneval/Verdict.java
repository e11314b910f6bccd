package io.github.icthp.train.evaluation.geneval;

/**
 * What the rules say of a picture.
 *
 * @param correct whether it shows what the prompt asks for
 * @param score the share of it that the picture shows: 1 or 0 where the rules give no partial
 *     credit
 * @param reason what is wrong, a line for each clause; empty if nothing is
 */
public record Verdict(boolean correct, double score, String reason) {}
