package io.github.icthp.diffusion.model;

import ai.djl.ndarray.NDArray;

import java.util.Map;
import java.util.Optional;

/**
 * What flows out of a transformer backwards.
 *
 * @param latents gradient of the latents, if it was asked for
 * @param adapters float32 gradients of the trainable adapter matrices, by their names in an adapter
 *     file without its prefix, for example {@code transformer_blocks.0.attn.to_q.lora_A.weight}
 */
public record TransformerGradients(Optional<NDArray> latents, Map<String, NDArray> adapters) {}
