package io.github.icthp.diffusion;

import ai.djl.ndarray.types.Shape;

import io.github.icthp.diffusion.model.OriginalLayer;
import io.github.icthp.diffusion.unet.UNet;
import io.github.icthp.diffusion.unet.UNetConfig;
import io.github.icthp.diffusion.unet.UNetOriginalLayout;
import io.github.icthp.weights.OpenClipKeys;
import io.github.icthp.weights.SelectedWeights;
import io.github.icthp.weights.TensorInfo;
import io.github.icthp.weights.Weights;
import io.github.icthp.weights.WeightsFormatException;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Parts of a whole SD1.5 or SDXL model in one file, as its authors publish it, under diffusers'
 * names. Training's leftovers (betas, averages, {@code position_ids}) are left out.
 */
final class SingleFile {

    private static final String UNET = "model.diffusion_model.";
    private static final String VAE = "first_stage_model.";

    /** What stands before a text encoder's names; the second of SDXL has open_clip's. */
    private static final Map<String, List<String>> TEXT =
            Map.of(
                    "text_encoder",
                    List.of(
                            "cond_stage_model.transformer.",
                            "conditioner.embedders.0.transformer."),
                    "text_encoder_2",
                    List.of("conditioner.embedders.1.model."));

    private static final Pattern VAE_BLOCK =
            Pattern.compile("(encoder|decoder)\\.(down|up)\\.(\\d+)\\.(.*)");

    /** Names in the autoencoder that differ, in the order in which they are replaced. */
    private static final Map<String, String> VAE_NAMES = new LinkedHashMap<>();

    static {
        VAE_NAMES.put(".block.", ".resnets.");
        VAE_NAMES.put(".nin_shortcut.", ".conv_shortcut.");
        VAE_NAMES.put(".downsample.", ".downsamplers.0.");
        VAE_NAMES.put(".upsample.", ".upsamplers.0.");
        VAE_NAMES.put(".mid.block_1.", ".mid_block.resnets.0.");
        VAE_NAMES.put(".mid.block_2.", ".mid_block.resnets.1.");
        VAE_NAMES.put(".mid.attn_1.norm.", ".mid_block.attentions.0.group_norm.");
        VAE_NAMES.put(".mid.attn_1.q.", ".mid_block.attentions.0.to_q.");
        VAE_NAMES.put(".mid.attn_1.k.", ".mid_block.attentions.0.to_k.");
        VAE_NAMES.put(".mid.attn_1.v.", ".mid_block.attentions.0.to_v.");
        VAE_NAMES.put(".mid.attn_1.proj_out.", ".mid_block.attentions.0.to_out.0.");
        VAE_NAMES.put("coder.norm_out.", "coder.conv_norm_out.");
    }

    private SingleFile() {}

    /**
     * Returns a UNet's weights.
     *
     * @param file open weights in the authors' names, with or without other models beside, or in
     *     diffusers', which stay as they are; closed with what is returned
     */
    static Weights unet(Weights file, UNetConfig config) {
        boolean whole = file.names().stream().anyMatch(name -> name.startsWith(UNET));
        if (!whole && file.names().stream().noneMatch(name -> name.startsWith("input_blocks."))) {
            return file;
        }
        Map<String, String> modules = new HashMap<>();
        var paths =
                UNet.shapes(config).keySet().stream()
                        .map(name -> name.substring(0, name.lastIndexOf('.')))
                        .collect(Collectors.toSet());
        for (OriginalLayer layer : UNetOriginalLayout.of(paths).layers()) {
            modules.put(layer.name(), layer.parts().get(0));
        }
        return select(
                file,
                whole ? UNET : "",
                name -> {
                    int dot = name.lastIndexOf('.');
                    String module = dot < 0 ? name : name.substring(0, dot);
                    return modules.getOrDefault(module, module)
                            + (dot < 0 ? "" : name.substring(dot));
                });
    }

    /** Returns the autoencoder's weights; its matrices are kept as convolutions of 1 x 1. */
    static Weights vae(Weights file) {
        int levels =
                file.names().stream()
                        .map(name -> VAE_BLOCK.matcher(name.replace(VAE, "")))
                        .filter(Matcher::matches)
                        .mapToInt(m -> Integer.parseInt(m.group(3)) + 1)
                        .max()
                        .orElse(0);
        return select(file, VAE, name -> vaeName(name, levels));
    }

    private static String vaeName(String name, int levels) {
        String renamed = name;
        Matcher block = VAE_BLOCK.matcher(name);
        if (block.matches()) {
            boolean down = block.group(2).equals("down");
            int level = Integer.parseInt(block.group(3));
            // Upwards the authors count from the output.
            renamed =
                    String.format(
                            Locale.ROOT,
                            "%s.%s_blocks.%d.%s",
                            block.group(1),
                            block.group(2),
                            down ? level : levels - 1 - level,
                            block.group(4));
        }
        for (Map.Entry<String, String> entry : VAE_NAMES.entrySet()) {
            renamed = renamed.replace(entry.getKey(), entry.getValue());
        }
        return renamed;
    }

    /** Returns a text encoder's weights. */
    static Weights text(Weights file, String part) {
        String prefix =
                TEXT.get(part).stream()
                        .filter(p -> file.names().stream().anyMatch(n -> n.startsWith(p)))
                        .findFirst()
                        .orElseThrow(() -> missing(file, part, TEXT.get(part)));
        Weights own = select(file, prefix, name -> name);
        return OpenClipKeys.isOpenClip(own)
                ? SelectedWeights.of(
                        OpenClipKeys.toHuggingFace(own),
                        info ->
                                info.name().equals("logit_scale")
                                        ? Optional.empty()
                                        : Optional.of(info))
                : own;
    }

    private static WeightsFormatException missing(Weights file, String part, List<String> names) {
        return new WeightsFormatException(
                "DiffusionPipeline: "
                        + file.source()
                        + " holds no "
                        + part
                        + ": expected names that begin with "
                        + String.join(" or ", names));
    }

    private static Weights select(Weights file, String prefix, UnaryOperator<String> rename) {
        if (file.names().stream().noneMatch(name -> name.startsWith(prefix))) {
            throw missing(file, "such part", List.of(prefix));
        }
        return SelectedWeights.of(
                file,
                info ->
                        info.name().startsWith(prefix)
                                ? Optional.of(
                                        shaped(
                                                info,
                                                rename.apply(
                                                        info.name().substring(prefix.length()))))
                                : Optional.empty());
    }

    /** The autoencoder's attention has matrices where the authors have convolutions. */
    private static TensorInfo shaped(TensorInfo info, String name) {
        Shape shape = info.shape();
        boolean matrix =
                name.contains("mid_block.attentions.0.to_")
                        && name.matches("(encoder|decoder)\\..*")
                        && shape.dimension() == 4;
        return matrix
                ? TensorInfo.of(name, info.type(), shape.get(0), shape.get(1))
                : new TensorInfo(name, info.type(), shape);
    }
}
