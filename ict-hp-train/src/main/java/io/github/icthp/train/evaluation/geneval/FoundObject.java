package io.github.icthp.train.evaluation.geneval;

/**
 * A detection that counts for the rules.
 *
 * @param index its number among the detections of its class, from 0
 * @param box where it is
 */
public record FoundObject(int index, Detection box) {}
