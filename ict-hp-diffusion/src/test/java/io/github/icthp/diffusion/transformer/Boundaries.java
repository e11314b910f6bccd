package io.github.icthp.diffusion.transformer;

import ai.djl.ndarray.NDArray;

import java.util.List;

/** Shows tests of the families what passes between stages. */
public final class Boundaries {

    private Boundaries() {}

    /** Returns the tensors before the first stage, between stages and after the last. */
    public static List<List<NDArray>> of(BlockwisePass pass) {
        return pass.boundaries();
    }
}
