package io.github.icthp.train.evaluation;

/**
 * How far scores are from ICT labels: mean squared errors over labeled triplets and their three
 * images, the refined image's labels being 1.
 *
 * @param easy against E1, E2 and E3, with the easy prompt
 * @param refined against R1, R2 and R3, with the refined prompt
 * @param triplets how many triplets were labeled
 */
public record LabelError(double easy, double refined, long triplets) {}
