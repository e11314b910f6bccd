package io.github.icthp.weights.hub;

import java.util.List;
import java.util.regex.Pattern;

/** Checks names that come from elsewhere before they become paths. */
final class HubNames {

    private static final Pattern ENTITY = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,127}");
    private static final Pattern FORBIDDEN = Pattern.compile("[\\\\:*?\"<>|\\p{Cntrl}]");

    private HubNames() {}

    /** Returns a path that stays below the folder it is resolved against, or refuses it. */
    static String requireRelative(String path, String what) {
        boolean safe =
                !path.isEmpty()
                        && !FORBIDDEN.matcher(path).find()
                        && List.of(path.split("/", -1)).stream().allMatch(HubNames::isSafe);
        if (!safe) {
            throw new IllegalArgumentException(
                    what + " must be a relative path without '..', not '" + path + "'");
        }
        return path;
    }

    private static boolean isSafe(String part) {
        return !part.isBlank() && !part.equals(".") && !part.equals("..");
    }

    /** Returns an entity tag without marks and quotes, which is a file's name in the cache. */
    static String entity(String tag) {
        String plain = tag.startsWith("W/") ? tag.substring(2) : tag;
        plain = plain.replace("\"", "");
        if (!ENTITY.matcher(plain).matches()) {
            throw new HubException(
                    HubException.Reason.DAMAGED,
                    "the hub names a file's content '" + tag + "', which is no name");
        }
        return plain;
    }
}
