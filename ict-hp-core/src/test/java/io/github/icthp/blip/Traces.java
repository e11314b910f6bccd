package io.github.icthp.blip;

import ai.djl.ndarray.NDArray;

/** The towers layer by layer, under the names of the golden traces. */
final class Traces {

    private Traces() {}

    /**
     * Traces one image and one text.
     *
     * @param pixels (1, 3, I, I)
     * @param text one text with its padding
     * @param length how many of its tokens count
     */
    static ScorerCase.Found of(BlipModel model, NDArray pixels, BertTokens text, int length) {
        ScorerCase.Found found = new ScorerCase.Found();
        NDArray x = model.vision().embed(pixels);
        found.put("vision.embeddings", x);
        for (int i = 0; i < model.config().vision().layers(); i++) {
            x = model.vision().layer(i, x);
            found.put("vision.layer." + i, x);
        }
        NDArray images = model.vision().finalNorm(x);
        found.put("vision.last_hidden_state", images);
        NDArray embedded = model.text().embed(text);
        found.put("text.embeddings", embedded);
        BertTokens masked = BertTokens.of(text.ids(), new int[] {length});
        NDArray y = embedded;
        NDArray alone = embedded;
        for (int i = 0; i < model.config().text().layers(); i++) {
            String layer = "multimodal.layer." + i;
            y = model.text().selfAttention(i, y, masked);
            found.put(layer + ".self_attention", y);
            y = model.text().crossAttention(i, y, images);
            found.put(layer + ".cross_attention", y);
            y = model.text().feedForward(i, y);
            found.put(layer, y);
            alone = model.text().feedForward(i, model.text().selfAttention(i, alone, masked));
        }
        found.put("text_only.last_hidden_state", alone);
        return found;
    }
}
