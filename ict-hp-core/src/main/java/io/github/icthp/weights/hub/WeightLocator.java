package io.github.icthp.weights.hub;

import com.google.common.base.Strings;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds weights by what a user writes: a file, a folder, or a model of the hub.
 *
 * <p>What lies in the folder is not looked at here: the released layout ({@code ICT}, {@code
 * HP/hp_backbone}, {@code HP/hp_scorer}), a Hugging Face folder and a pipeline's are all kept as
 * they are.
 */
public final class WeightLocator {

    /** A model, a file of weights in it, and perhaps a revision. */
    private static final Pattern FILE =
            Pattern.compile("([^/@]+/[^/@]+)/([^@]+\\.(?:safetensors|bin|pt|pth))(@.+)?");

    private final Hub hub;

    /**
     * Creates a locator.
     *
     * @param hub where to look for what is no path
     */
    public WeightLocator(Hub hub) {
        this.hub = hub;
    }

    /**
     * Finds weights.
     *
     * @param name a file or folder that exists; or {@code owner/name} or {@code
     *     owner/name@revision} of a model of the hub, or a file of weights in it, {@code
     *     owner/name/file} or {@code owner/name/file@revision}
     * @return the file or folder, for a model of the hub its folder or file in the cache
     * @throws IllegalArgumentException if it is neither
     * @throws HubException if the model cannot be had
     */
    public Path find(String name) {
        Path path = path(name);
        if (Files.exists(path)) {
            return path;
        }
        Matcher file = FILE.matcher(name);
        try {
            if (file.matches()) {
                String revision = Strings.nullToEmpty(file.group(3));
                return hub.file(id(name, file.group(1) + revision), file.group(2));
            }
            return hub.folder(id(name, name));
        } catch (HubException e) {
            throw new HubException(
                    e.reason(), "no file or folder '" + name + "' exists; " + e.getMessage(), e);
        }
    }

    private static HubId id(String name, String model) {
        return HubId.parse(model)
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "no file or folder '"
                                                + name
                                                + "' exists, and a model of the hub is named"
                                                + " owner/name or owner/name@revision"));
    }

    private static Path path(String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("'" + name + "' is no path: " + e.getMessage(), e);
        }
    }
}
