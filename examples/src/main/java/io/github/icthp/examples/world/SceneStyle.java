package io.github.icthp.examples.world;

import java.util.Locale;

/**
 * What a refined prompt adds to an easy one.
 *
 * @param material what the things are made of
 * @param backdrop what lies behind them
 * @param light the light they stand in
 */
public record SceneStyle(Material material, Backdrop backdrop, Light light) {

    /**
     * Returns the words for it.
     *
     * @return for example {@code made of brushed metal with soft shadows, over a misty lake at
     *     dawn, in warm evening light}
     */
    public String phrase() {
        return String.format(
                Locale.ROOT,
                "made of %s with soft shadows, %s, %s",
                material.phrase(),
                backdrop.phrase(),
                light.phrase());
    }
}
