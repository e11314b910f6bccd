package io.github.icthp.train.data;

/**
 * How much of each prompt each image of a triplet contains: what ICT learns (paper section 3). The
 * refined image's targets are 1 by definition, so they are not stored.
 *
 * @param e1 rejected image against the easy prompt, at most 1
 * @param e2 preferred image against the easy prompt, at most 1
 * @param r1 rejected image against the refined prompt, at most 1
 * @param r2 preferred image against the refined prompt, at most 1
 */
public record IctTargets(double e1, double e2, double r1, double r2) {

    /**
     * Checks the targets.
     *
     * @param e1 rejected image, easy prompt
     * @param e2 preferred image, easy prompt
     * @param r1 rejected image, refined prompt
     * @param r2 preferred image, refined prompt
     * @throws IllegalArgumentException if a target is not finite or above 1
     */
    public IctTargets {
        check("e1", e1);
        check("e2", e2);
        check("r1", r1);
        check("r2", r2);
    }

    /**
     * Returns the refined image's target against the easy prompt.
     *
     * @return 1
     */
    public double e3() {
        return 1;
    }

    /**
     * Returns the refined image's target against the refined prompt.
     *
     * @return 1
     */
    public double r3() {
        return 1;
    }

    /**
     * Returns these targets with negative ones raised to 0, as data set files hold them: an image
     * whose CLIP score is negative contains nothing of the text.
     *
     * @return targets in [0, 1]
     */
    public IctTargets clamped() {
        return new IctTargets(Math.max(0, e1), Math.max(0, e2), Math.max(0, r1), Math.max(0, r2));
    }

    private static void check(String name, double value) {
        if (!Double.isFinite(value) || value > 1) {
            throw new IllegalArgumentException(
                    "IctTargets: " + name + " must be a finite number of at most 1, got " + value);
        }
    }
}
