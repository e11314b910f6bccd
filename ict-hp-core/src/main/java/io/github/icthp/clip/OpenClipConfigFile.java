package io.github.icthp.clip;

import com.google.common.collect.ImmutableSet;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import io.github.icthp.image.ImageConfig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads an {@code open_clip_config.json}: the plain CLIP of two transformers, with defaults as in
 * open_clip's {@code CLIPVisionCfg}, {@code CLIPTextCfg} and {@code PreprocessCfg}. Towers and
 * settings of another kind are refused by name.
 */
final class OpenClipConfigFile {

    /** The file's name. */
    static final String NAME = "open_clip_config.json";

    /** What OpenAI's tokenizers are called on the hub; every CLIP of theirs has the same. */
    private static final String OPENAI_TOKENIZER = "openai/clip-vit";

    /** Keys of no effect on a score: they say how training begins, or what is handed out. */
    private static final ImmutableSet<String> INERT =
            ImmutableSet.of(
                    "init_logit_scale",
                    "nonscalar_logit_scale",
                    "custom_text",
                    "patch_dropout",
                    "output_tokens",
                    "attn_pooler_queries",
                    "attn_pooler_heads",
                    "timm_model_pretrained",
                    "timm_pool",
                    "timm_proj",
                    "timm_proj_bias",
                    "timm_drop",
                    "timm_drop_path",
                    "hf_model_pretrained",
                    "hf_proj_type",
                    "hf_pooler_type",
                    "pad_id",
                    "bos_id",
                    "fill_color");

    /** Keys that are read here. */
    private static final ImmutableSet<String> READ =
            ImmutableSet.of(
                    "embed_dim",
                    "vision_cfg",
                    "text_cfg",
                    "quick_gelu",
                    "layers",
                    "width",
                    "heads",
                    "head_width",
                    "mlp_ratio",
                    "patch_size",
                    "image_size",
                    "context_length",
                    "vocab_size",
                    "norm_kwargs",
                    "hf_tokenizer_name",
                    "eos_id",
                    "size",
                    "mean",
                    "std",
                    "interpolation",
                    "resize_mode");

    /** The one value of others with which the model is a plain CLIP, beside null and false. */
    private static final Map<String, Set<String>> PLAIN =
            Map.of(
                    "pool_type", Set.of("tok", "argmax", "eos"),
                    "pos_embed_type", Set.of("learnable"),
                    "block_type", Set.of("default"),
                    "text_arch", Set.of("clip"),
                    "proj_type", Set.of("linear"),
                    "norm_type", Set.of("layernorm"),
                    "reg_tokens", Set.of("0"),
                    "mode", Set.of("RGB"));

    private final Path file;
    private final JsonObject model;
    private final JsonObject vision;
    private final JsonObject text;
    private final JsonObject images;

    private OpenClipConfigFile(Path file, JsonObject json) {
        this.file = file;
        // open_clip's own model_configs hold what published folders have below model_cfg.
        boolean bare = !json.has("model_cfg") && json.has("embed_dim") && json.has("vision_cfg");
        JsonElement named = bare ? json : json.get("model_cfg");
        if (!(named instanceof JsonObject found)) {
            throw unsupported("it has no model_cfg", "");
        }
        this.model = found;
        checkKind();
        this.vision = section(found, "vision_cfg");
        this.text = section(found, "text_cfg");
        this.images =
                json.has("preprocess_cfg") ? section(json, "preprocess_cfg") : new JsonObject();
        check(model, "model_cfg");
        check(vision, "vision_cfg");
        check(text, "text_cfg");
        check(images, "preprocess_cfg");
        checkTokenizer();
    }

    /**
     * Opens a file.
     *
     * @throws IllegalArgumentException if it is damaged, or the model no plain CLIP
     * @throws UncheckedIOException if it cannot be read
     */
    static OpenClipConfigFile open(Path file) {
        try {
            return new OpenClipConfigFile(
                    file, JsonParser.parseString(Files.readString(file)).getAsJsonObject());
        } catch (IOException e) {
            throw new UncheckedIOException("ClipSettings: cannot read " + file, e);
        } catch (JsonParseException | IllegalStateException | UnsupportedOperationException e) {
            throw new IllegalArgumentException("ClipSettings: " + file + " is damaged: " + e, e);
        }
    }

    /** Returns shapes and activation. */
    ClipConfig config() {
        return parsed(this::readConfig);
    }

    /** Returns how images are prepared. */
    ImageConfig images() {
        return parsed(this::readImages);
    }

    private interface Reading<T> {
        T read();
    }

    private <T> T parsed(Reading<T> reading) {
        try {
            return reading.read();
        } catch (IllegalStateException
                | UnsupportedOperationException
                | ClassCastException
                | NumberFormatException e) {
            throw new IllegalArgumentException("ClipSettings: " + file + " is damaged: " + e, e);
        }
    }

    private ClipConfig readConfig() {
        boolean quick = has(model, "quick_gelu") && model.get("quick_gelu").getAsBoolean();
        Activation activation = quick ? Activation.QUICK_GELU : Activation.GELU;
        int width = integer(vision, "width", 768);
        boolean pooledAtEnd = has(text, "pool_type") && string(text, "pool_type").equals("eos");
        if (pooledAtEnd && integer(text, "eos_id", 0) <= ClipConfig.LARGEST_ID) {
            throw unsupported("text_cfg.pool_type eos", " with eos_id " + text.get("eos_id"));
        }
        return new ClipConfig(
                encoder(text, integer(text, "width", 512), integer(text, "heads", 8), activation),
                integer(text, "vocab_size", 49408),
                integer(text, "context_length", 77),
                pooledAtEnd ? integer(text, "eos_id", 0) : ClipConfig.LARGEST_ID,
                encoder(vision, width, width / integer(vision, "head_width", 64), activation),
                side(vision, "image_size", 224),
                side(vision, "patch_size", 16),
                required("embed_dim"));
    }

    private EncoderConfig encoder(JsonObject tower, int width, int heads, Activation activation) {
        double ratio = has(tower, "mlp_ratio") ? tower.get("mlp_ratio").getAsDouble() : 4;
        double eps = 1e-5;
        if (has(tower, "norm_kwargs")) {
            JsonObject norm = tower.getAsJsonObject("norm_kwargs");
            if (!Set.of("eps").containsAll(norm.keySet())) {
                throw unsupported("norm_kwargs " + norm, ", only eps is known");
            }
            eps = norm.has("eps") ? norm.get("eps").getAsDouble() : eps;
        }
        return new EncoderConfig(
                width, (int) (width * ratio), integer(tower, "layers", 12), heads, activation, eps);
    }

    private ImageConfig readImages() {
        int side = side(vision, "image_size", 224);
        if (side(images, "size", side) != side) {
            throw unsupported(
                    "preprocess_cfg.size " + images.get("size"),
                    ", the model's image_size is " + side);
        }
        // open_clip takes bicubic for 'random' when it does not train.
        option("interpolation", "bicubic", Set.of("bicubic", "random"));
        String mode = option("resize_mode", "shortest", Set.of("shortest", "squash"));
        return new ImageConfig(
                mode.equals("squash")
                        ? new ImageConfig.Resize.Exact(side, side)
                        : new ImageConfig.Resize.ShortestEdge(side),
                side,
                side,
                ImageConfig.TO_UNIT,
                colors("mean", ImageConfig.OPENAI_MEAN),
                colors("std", ImageConfig.OPENAI_STD));
    }

    private String option(String key, String otherwise, Set<String> known) {
        String value = has(images, key) ? string(images, key) : otherwise;
        if (!known.contains(value)) {
            throw unsupported(
                    "preprocess_cfg." + key + " " + value,
                    ", must be " + String.join(" or ", known));
        }
        return value;
    }

    private List<Double> colors(String key, List<Double> otherwise) {
        if (!has(images, key)) {
            return otherwise;
        }
        if (images.get(key).isJsonPrimitive()) {
            double value = images.get(key).getAsDouble();
            return List.of(value, value, value);
        }
        return images.getAsJsonArray(key).asList().stream().map(JsonElement::getAsDouble).toList();
    }

    // ---- what is no plain CLIP

    private void checkKind() {
        Map<String, String> kinds =
                Map.of(
                        "multimodal_cfg", "CoCa",
                        "audio_cfg", "CLAP",
                        "audio_naflex_cfg", "GenLAP",
                        "genlip_cfg", "GenLIP",
                        "genlap_cfg", "GenLAP");
        kinds.forEach(
                (key, kind) -> {
                    if (has(model, key)) {
                        throw unsupported("model_cfg." + key, " makes it a " + kind + " model");
                    }
                });
        if (has(model, "init_logit_bias")) {
            throw unsupported("model_cfg.init_logit_bias", " makes it a SigLIP model");
        }
        named("vision_cfg", "timm_model_name", "an image tower of timm");
        named("text_cfg", "hf_model_name", "a text tower of transformers");
        if (section(model, "vision_cfg").get("layers") instanceof JsonArray layers) {
            throw unsupported("vision_cfg.layers " + layers, ": a ResNet");
        }
    }

    private void named(String section, String key, String kind) {
        JsonObject tower = section(model, section);
        if (has(tower, key)) {
            throw unsupported(section + "." + key + " " + tower.get(key), ": " + kind);
        }
    }

    private void check(JsonObject section, String name) {
        for (Map.Entry<String, JsonElement> entry : section.entrySet()) {
            String key = entry.getKey();
            JsonElement value = entry.getValue();
            if (!READ.contains(key) && !INERT.contains(key) && !isPlain(key, value)) {
                throw unsupported(name + "." + key + " " + value, "");
            }
        }
    }

    private static boolean isPlain(String key, JsonElement value) {
        if (value.isJsonNull() || (value.isJsonObject() && value.getAsJsonObject().isEmpty())) {
            return true;
        }
        if (!value.isJsonPrimitive()) {
            return false;
        }
        String text = value.getAsString();
        return text.isEmpty()
                || text.equals("false")
                || PLAIN.getOrDefault(key, Set.of()).contains(text);
    }

    /** Another tokenizer than CLIP's must lie beside the weights. */
    private void checkTokenizer() {
        boolean foreign =
                has(text, "hf_tokenizer_name")
                        && !string(text, "hf_tokenizer_name").startsWith(OPENAI_TOKENIZER);
        Path folder = file.toAbsolutePath().getParent();
        boolean there =
                folder != null
                        && (Files.isRegularFile(folder.resolve("tokenizer.json"))
                                || Files.isRegularFile(folder.resolve("vocab.json")));
        if (foreign && !there) {
            throw unsupported(
                    "text_cfg.hf_tokenizer_name " + text.get("hf_tokenizer_name"),
                    ": that tokenizer's tokenizer.json must lie beside the file");
        }
    }

    // ---- values

    private JsonObject section(JsonObject json, String key) {
        if (json.get(key) instanceof JsonObject found) {
            return found;
        }
        throw unsupported(key + " " + json.get(key), ", expected an object");
    }

    private static boolean has(JsonObject json, String key) {
        return json.has(key) && !json.get(key).isJsonNull();
    }

    private static String string(JsonObject json, String key) {
        return json.get(key).getAsString();
    }

    private static int integer(JsonObject json, String key, int otherwise) {
        return has(json, key) ? json.get(key).getAsBigDecimal().intValueExact() : otherwise;
    }

    private int required(String key) {
        if (!has(model, key)) {
            throw unsupported("model_cfg without " + key, "");
        }
        return integer(model, key, 0);
    }

    /** Reads a length, or [height, width] if these are equal. */
    private int side(JsonObject json, String key, int otherwise) {
        if (!has(json, key) || json.get(key).isJsonPrimitive()) {
            return integer(json, key, otherwise);
        }
        List<Integer> sides =
                json.getAsJsonArray(key).asList().stream().map(JsonElement::getAsInt).toList();
        if (Set.copyOf(sides).size() != 1) {
            throw unsupported(key + " " + json.get(key), ", must be a square");
        }
        return sides.get(0);
    }

    private IllegalArgumentException unsupported(String what, String why) {
        return new IllegalArgumentException(
                "ClipSettings: "
                        + file
                        + " is not supported: "
                        + what
                        + why
                        + "; if config.json of the same model in transformers' layout is at hand,"
                        + " name its folder as the base");
    }
}
