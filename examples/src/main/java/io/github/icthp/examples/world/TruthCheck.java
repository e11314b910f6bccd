package io.github.icthp.examples.world;

/**
 * Which claims of a prompt a picture keeps.
 *
 * @param color whether its things have the named colors and no other
 * @param figure whether its things have the named shapes and no other
 * @param count whether there are as many things as named
 * @param bound whether there are as many things of each color and shape as named, and nothing else
 * @param arranged whether size, place and relation are as named; true if none is named
 */
public record TruthCheck(
        boolean color, boolean figure, boolean count, boolean bound, boolean arranged) {

    /**
     * Says whether the picture is as the prompt says.
     *
     * @return true if every claim holds
     */
    public boolean all() {
        return color && figure && count && bound && arranged;
    }
}
