package io.github.icthp.weights.hub;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model of the hub at a revision.
 *
 * @param owner a user or organization
 * @param name the model's name
 * @param revision a branch, a tag, or a commit of 40 hexadecimal digits
 */
public record HubId(String owner, String name, String revision) {

    /** The branch that is taken when no revision is named. */
    public static final String MAIN = "main";

    private static final String PART = "[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?";
    private static final Pattern ID = Pattern.compile("(" + PART + ")/(" + PART + ")(?:@(.+))?");
    private static final Pattern NAME = Pattern.compile(PART);
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    /**
     * Checks the parts.
     *
     * @param owner a user or organization
     * @param name the model's name
     * @param revision a branch, a tag, or a commit
     * @throws IllegalArgumentException if a part has characters that the hub does not allow
     */
    public HubId {
        boolean named = NAME.matcher(owner).matches() && NAME.matcher(name).matches();
        if (!named || (owner + "/" + name).contains("..") || (owner + "/" + name).contains("--")) {
            throw new IllegalArgumentException(
                    "a model of the hub is named owner/name, not '" + owner + "/" + name + "'");
        }
        HubNames.requireRelative(revision, "the revision");
    }

    /**
     * Reads {@code owner/name} or {@code owner/name@revision}.
     *
     * @param text what the user wrote
     * @return the model, or empty if the text cannot be one
     */
    public static Optional<HubId> parse(String text) {
        Matcher matcher = ID.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String revision = matcher.group(3) == null ? MAIN : matcher.group(3);
        try {
            return Optional.of(new HubId(matcher.group(1), matcher.group(2), revision));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Returns owner and name without the revision. */
    String path() {
        return owner + "/" + name;
    }

    /** Returns the name of the model's folder in the cache. */
    String folder() {
        return "models--" + owner + "--" + name;
    }

    /** Returns whether the revision is a commit, whose files never change. */
    boolean isCommit() {
        return isCommit(revision);
    }

    static boolean isCommit(String text) {
        return COMMIT.matcher(text).matches();
    }

    /** Returns for example {@code 8y/ICT@main}. */
    @Override
    public String toString() {
        return path() + "@" + revision;
    }
}
