package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;

import java.util.List;

/** What lies between the stages of a pass, for families' tests. */
public final class PassBoundaries {

    private PassBoundaries() {}

    /** Returns the states: the latents first, then what each stage returned. */
    public static List<List<NDArray>> of(DenoiserPass pass) {
        return pass.states();
    }
}
