package io.github.icthp.diffusion.adapter;

import ai.djl.ndarray.NDArray;

import io.github.icthp.diffusion.model.StyleTokens;
import io.github.icthp.diffusion.model.StyleTokens.Layer;

import java.util.Map;

/**
 * The tokens of a style's pictures, for any batch. Shapes: N pictures, T tokens of a picture, E
 * width of the UNet's text.
 *
 * @param wanted (1, N T, E)
 * @param without (1, N T, E), of no picture: for what classifier-free guidance leads away from
 * @param layers what attentions read them with, by path
 */
public record EncodedStyle(NDArray wanted, NDArray without, Map<String, Layer> layers) {

    /**
     * Copies the map.
     *
     * @param wanted tokens of the pictures
     * @param without tokens of no picture
     * @param layers by path
     */
    public EncodedStyle {
        layers = Map.copyOf(layers);
    }

    /**
     * Returns the tokens for a batch.
     *
     * @param unwanted how many rows come first that guidance leads away from; 0 without guidance
     * @param images how many rows follow
     * @return the tokens of the batch, owned by the innermost scope
     */
    public StyleTokens batch(int unwanted, int images) {
        return new StyleTokens(
                IpAdapter.PROGRAM.call("batch", without, wanted, unwanted, images), layers);
    }
}
