package io.github.icthp.clip;

import ai.djl.ndarray.NDArray;

import io.github.icthp.weights.Parameters;
import io.github.icthp.weights.Parameters.Memory;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A vision tower for {@link io.github.icthp.torch.Autograd.Mode#INFERENCE} alone, and faster. */
public final class FusedVisionTower {

    private static final Pattern LAYER =
            Pattern.compile("vision_model\\.encoder\\.layers\\.(\\d+)\\..*");

    /** Of so many layers one stays in the file. */
    private static final int SHARE = 2;

    private final FusedEncoder encoder;
    private final int patch;
    private final int tokens;

    /**
     * Returns where a parameter of the tower should live. Most are replaced when fused, and a
     * file's map would stay resident beside them. Every second layer stays in the file, where it
     * needs no conversion: to fuse it for each batch takes a small part of the batch's time, and
     * half of the tower is never resident. The last layer never does: it multiplies single rows,
     * and MKL's result of that depends in its last digit on where the weights begin, which a file
     * decides.
     *
     * @param name a parameter's name in a CLIP model
     * @param config the model's shape
     * @return the memory to load it into
     */
    public static Memory memory(String name, ClipConfig config) {
        Matcher layer = LAYER.matcher(name);
        if (!layer.matches()) {
            return Memory.OWNED;
        }
        int index = Integer.parseInt(layer.group(1));
        return index % SHARE == 1 && index < config.vision().layers() - 1
                ? Memory.MAPPED
                : Memory.OWNED;
    }

    /**
     * Loads the tower, fusing its layers as they come.
     *
     * @param parameters the root of a CLIP model's names, in {@link #memory}
     * @param config the model's shape
     * @param pack whether weights go into the processor's own layout, for float32 and bfloat16 on a
     *     CPU
     */
    public FusedVisionTower(Parameters parameters, ClipConfig config, boolean pack) {
        this.encoder =
                FusedEncoder.load(
                        ClipVisionTower.input(parameters, config),
                        ClipVisionTower.output(parameters, config),
                        parameters.in(ClipVisionTower.LAYERS),
                        config.vision(),
                        pack,
                        true);
        this.patch = config.patchSize();
        this.tokens = config.imageTokens();
    }

    /**
     * Encodes images.
     *
     * @param pixels (B, 3, I, I), normalized as the image processor does, in the tower's type
     * @return (B, P), projected and not normalized
     */
    public NDArray forward(NDArray pixels) {
        return encoder.run(pixels, tokens, patch);
    }
}
