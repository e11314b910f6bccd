package io.github.icthp.train;

import io.github.icthp.clip.ClipConfig;

/** What is trained in the HP phase beside the whole head. */
public enum HpScope {

    /**
     * The latter half of the vision layers and the norm after them (paper A.2; on CLIP-H 258
     * tensors of 314,841,600 parameters). The first half of "layers and final norm", n + 1 parts,
     * is frozen, and so are embeddings, the norm before the layers and the projection, which the
     * released code leaves trainable by mistake.
     */
    LATTER_HALF {
        @Override
        boolean trains(String name, ClipConfig config) {
            if (name.startsWith(LAYERS)) {
                String rest = name.substring(LAYERS.length());
                int layer = Integer.parseInt(rest.substring(0, rest.indexOf('.')));
                return layer >= (config.vision().layers() + 1) / 2;
            }
            return name.startsWith("vision_model.post_layernorm.");
        }
    },

    /** The whole vision tower, for models that begin with random weights. */
    VISION_TOWER {
        @Override
        boolean trains(String name, ClipConfig config) {
            return true;
        }
    };

    /** What the names of the backbone's parameters begin with in a run. */
    static final String BACKBONE = "hp_backbone.";

    /** What the names of the head's parameters begin with in a run. */
    static final String HEAD = "hp_scorer.";

    private static final String LAYERS = "vision_model.encoder.layers.";

    /** Says whether a parameter of the vision tower is trained, by its name in the model. */
    abstract boolean trains(String name, ClipConfig config);
}
