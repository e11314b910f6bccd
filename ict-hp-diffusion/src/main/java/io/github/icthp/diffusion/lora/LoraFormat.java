package io.github.icthp.diffusion.lora;

/** How adapter files name their tensors. */
public enum LoraFormat {
    /**
     * Diffusers' own: {@code transformer.PATH.lora_A.weight}, and the alphas in the header's {@code
     * lora_adapter_metadata}. Without that entry every scale is 1.
     */
    DIFFUSERS,
    /**
     * PEFT's: {@code base_model.model.PATH.lora_A.weight} in {@code adapter_model.safetensors},
     * beside {@code adapter_config.json} with the alphas.
     */
    PEFT,
    /**
     * That of sd-scripts: {@code lora_unet_NAME.lora_down.weight}, where NAME is the layer in the
     * model's original layout with underscores for dots, and an {@code .alpha} beside each.
     */
    KOHYA,
    /**
     * That of XLabs' trainer for FLUX.1: {@code double_blocks.0.processor.qkv_lora1.down.weight}.
     * Such files are only read.
     */
    XLABS,
    /**
     * Layers without names, numbered in the order of the model: {@code unet:3:down}, or a plain
     * list of tensors. Such files can be looked at, but not put on a transformer.
     */
    NUMBERED
}
