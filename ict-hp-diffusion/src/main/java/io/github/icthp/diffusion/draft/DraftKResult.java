package io.github.icthp.diffusion.draft;

import java.nio.file.Path;
import java.util.Locale;

/**
 * What came of a DRaFT-K run.
 *
 * @param steps optimizer steps made in all
 * @param reason why it ended: {@code finished}, or what stopped it early
 * @param adapter the last adapter, as diffusers loads it
 * @param best the adapter of the best held-out reward; the last one if nothing was held out
 * @param reward mean reward of the held-out prompts at the end; not a number if none were given
 */
public record DraftKResult(long steps, String reason, Path adapter, Path best, double reward) {

    /**
     * Returns one line: steps, reason, held-out reward and where the best adapter lies.
     *
     * @return for people
     */
    @Override
    public String toString() {
        String heldOut =
                Double.isNaN(reward)
                        ? ""
                        : String.format(Locale.ROOT, ", held-out reward %.6f", reward);
        return String.format(
                Locale.ROOT, "DraftKResult[%s after %d steps%s: %s]", reason, steps, heldOut, best);
    }
}
