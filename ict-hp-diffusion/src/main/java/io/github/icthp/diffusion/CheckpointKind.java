package io.github.icthp.diffusion;

import com.google.common.collect.ImmutableList;

import java.util.Arrays;
import java.util.Set;

/** What a file of weights holds, told by the names of its tensors. */
enum CheckpointKind {
    ADAPTER("an adapter: put it on the transformer as LoRA", ".lora_A.weight", ".lora_down.weight"),
    SD3("the transformer of SD3 or SD3.5", "joint_blocks.", "pos_embed.pos_embed"),
    FLUX("the transformer of FLUX.1", "double_blocks.", "single_transformer_blocks."),
    UNET("the UNet of Stable Diffusion 1, 2 or XL", "input_blocks.", "down_blocks."),
    VAE("an autoencoder alone", "first_stage_model.", "decoder.conv_in.", "decoder.mid"),
    TEXT("text encoders alone", "text_encoders.", "text_model.", "encoder.block.", "shared.weight"),
    UNKNOWN("weights of no known model");

    /** Before the transformer's names in a file that holds a whole pipeline. */
    private static final String PREFIX = "model.diffusion_model.";

    private final String description;
    private final ImmutableList<String> signs;

    CheckpointKind(String description, String... signs) {
        this.description = description;
        this.signs = ImmutableList.copyOf(signs);
    }

    /**
     * Tells a file's kind: the first that fits, so that a transformer goes before what is beside.
     */
    static CheckpointKind of(Set<String> names) {
        return Arrays.stream(values())
                .filter(kind -> names.stream().anyMatch(kind::shows))
                .findFirst()
                .orElse(UNKNOWN);
    }

    private boolean shows(String name) {
        String own = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
        return signs.stream()
                .anyMatch(sign -> sign.startsWith(".") ? own.endsWith(sign) : own.startsWith(sign));
    }

    /** Says whether a file of this kind may hold the transformer of a family. */
    boolean mayBe(ModelFamily family) {
        CheckpointKind own =
                switch (family) {
                    case SD3 -> SD3;
                    case FLUX -> FLUX;
                    case SD15, SDXL -> UNET;
                };
        return this == UNKNOWN || this == own;
    }

    String description() {
        return description;
    }
}
