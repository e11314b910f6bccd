package io.github.icthp.diffusion.adapter;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.github.icthp.clip.VisionSource;

import java.nio.file.Path;

/** Golden adapters as tests of pipelines read them. */
public final class StyleCases {

    private StyleCases() {}

    /** Unpacks the pipeline that a case is on. */
    public static Path pipeline(Path folder, JsonObject json, Path temporary) {
        return IpAdapterCase.pipeline(folder, json, temporary);
    }

    /** The exchanged encoder in the released layout. */
    public static VisionSource swap(Path folder, JsonObject json, String name) {
        return IpAdapterCase.swap(folder, json, name);
    }

    /** Reads scales as diffusers takes them. */
    public static StyleScale scale(JsonElement value) {
        return IpAdapterCase.scale(value);
    }

    /** Reads a suggested tolerance. */
    public static double tolerance(JsonObject tolerances, String name) {
        return IpAdapterCase.tolerance(tolerances, name);
    }
}
