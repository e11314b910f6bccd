package io.github.icthp.train;

import io.github.icthp.clip.ClipConfig;

/**
 * What is trained in the HP phase: of the backbone the latter half of the vision layers and the
 * norm after them, and the whole head (METHOD 3 and 10; on CLIP-H 258 tensors of 314,841,600
 * parameters). The first half of "layers and final norm", n + 1 parts, is frozen, and so are
 * embeddings, the norm before the layers and the projection, which the released code leaves
 * trainable by mistake.
 */
final class HpScope {

    /** What the names of the backbone's parameters begin with in a run. */
    static final String BACKBONE = "hp_backbone.";

    /** What the names of the head's parameters begin with in a run. */
    static final String HEAD = "hp_scorer.";

    private static final String LAYERS = "vision_model.encoder.layers.";

    private final int firstTrained;

    HpScope(ClipConfig config) {
        this.firstTrained = (config.vision().layers() + 1) / 2;
    }

    /** Says whether a parameter of the backbone is trained, by its name in the model. */
    boolean trains(String name) {
        if (name.startsWith(LAYERS)) {
            String rest = name.substring(LAYERS.length());
            return Integer.parseInt(rest.substring(0, rest.indexOf('.'))) >= firstTrained;
        }
        return name.startsWith("vision_model.post_layernorm.");
    }
}
