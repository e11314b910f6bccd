package io.github.icthp.train.evaluation;

/**
 * In which share of triplets a reward agrees with the preference; a tie is half an agreement.
 *
 * @param value the share, in [0, 1]
 * @param low the lower end of the 95 % interval
 * @param high the upper end of the 95 % interval
 * @param ties how many pairs had equal scores
 */
public record Accuracy(double value, double low, double high, long ties) {}
