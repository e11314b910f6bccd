package io.github.icthp.examples.world;

import com.google.common.base.Preconditions;
import com.google.common.hash.Hashing;

import io.github.icthp.train.data.Split;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What an easy prompt says: one kind of things, or two things and how they stand to each other.
 *
 * @param things one kind, or two kinds with a count of 1 each
 * @param relation how two things are joined; {@link Relation#AND} if there is one kind
 */
public record SceneContent(List<Things> things, Relation relation) {

    /** Of ten contents so many are for training, the next for validation, the last for testing. */
    private static final int TRAINING_SHARE = 8;

    private static final int SHARES = 10;

    /**
     * Checks the content.
     *
     * @param things one kind, or two kinds with a count of 1 each
     * @param relation how two things are joined
     * @throws IllegalArgumentException if there are none, or more than two, or two that are alike
     */
    public SceneContent {
        things = List.copyOf(things);
        boolean one = things.size() == 1 && relation == Relation.AND;
        boolean two =
                things.size() == 2
                        && things.stream().allMatch(t -> t.count() == 1)
                        && !things.get(0).equals(things.get(1));
        Preconditions.checkArgument(
                one || two,
                "SceneContent: expected one kind of things or two different single ones, got %s %s",
                things,
                relation);
    }

    static SceneContent of(Things things) {
        return new SceneContent(List.of(things), Relation.AND);
    }

    /**
     * Returns the easy prompt.
     *
     * @return for example {@code two red stars}
     */
    public String prompt() {
        String first = things.get(0).phrase();
        if (things.size() == 2) {
            return first + " " + relation.phrase() + " " + things.get(1).phrase();
        }
        return (first + " " + things.get(0).place().phrase()).strip();
    }

    /**
     * Returns the part of every drawn world that this content belongs to: it depends on the prompt
     * alone, so worlds of any seed agree and no prompt is in two parts.
     *
     * @return eight tenths of all contents are for training, one each for validation and testing
     */
    public Split split() {
        // "a red star and a blue ring" is the same scene as "a blue ring and a red star".
        String key = prompt();
        if (things.size() == 2 && relation == Relation.AND) {
            String swapped =
                    new SceneContent(List.of(things.get(1), things.get(0)), relation).prompt();
            key = key.compareTo(swapped) < 0 ? key : swapped;
        }
        long hash = Hashing.murmur3_128().hashString(key, StandardCharsets.UTF_8).asLong();
        long share = Math.floorMod(hash, SHARES);
        return share < TRAINING_SHARE
                ? Split.TRAIN
                : share == TRAINING_SHARE ? Split.VAL : Split.TEST;
    }
}
