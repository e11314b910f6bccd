package io.github.icthp.examples.world;

import com.google.common.base.Preconditions;

import io.github.icthp.train.data.PreferenceDataset;
import io.github.icthp.train.data.PreferenceTriplet;
import io.github.icthp.train.data.Split;

import java.util.Locale;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.SplittableRandom;

/** A part of a drawn world as a data set: endless, or cut after some rows. */
public final class WorldSplit implements PreferenceDataset {

    private final DrawnWorld world;
    private final Split split;
    private final long size;

    WorldSplit(DrawnWorld world, Split split) {
        this(world, split, Long.MAX_VALUE);
    }

    private WorldSplit(DrawnWorld world, Split split, long size) {
        this.world = world;
        this.split = split;
        this.size = size;
    }

    /**
     * Returns the first scenes of this part.
     *
     * @param rows how many
     * @return a data set of that size
     * @throws IllegalArgumentException if that is not positive
     */
    public WorldSplit first(long rows) {
        Preconditions.checkArgument(rows > 0, "WorldSplit: rows must be positive, got %s", rows);
        return new WorldSplit(world, split, rows);
    }

    /**
     * Returns a scene.
     *
     * @param row from 0 to the size, exclusive
     * @return the same scene at every call and in every process
     * @throws IndexOutOfBoundsException if there is no such row
     */
    public Scene scene(long row) {
        Objects.checkIndex(row, size);
        SplittableRandom random =
                new SplittableRandom(new SplittableRandom(world.seed()).nextLong() + row).split();
        SceneGrammar grammar = new SceneGrammar(random);
        SceneContent content = grammar.content();
        while (content.split() != split) {
            content = grammar.content();
        }
        SceneStyle style =
                new SceneStyle(
                        grammar.pick(Material.values()),
                        grammar.pick(Backdrop.values()),
                        grammar.pick(Light.values()));
        return new Scene(row, content, style, world.side(), world.missing(), random.nextLong());
    }

    @Override
    public String name() {
        return String.format(Locale.ROOT, "drawn world %d, %s", world.seed(), split.folder());
    }

    @Override
    public OptionalLong size() {
        return size == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(size);
    }

    @Override
    public PreferenceTriplet get(long row) {
        return scene(row).triplet();
    }

    @Override
    public String fingerprint() {
        return String.format(
                Locale.ROOT,
                "drawn world %s, seed %d, side %d, %s, %s rows",
                world.missing() == 0 ? "1" : "2 missing " + world.missing(),
                world.seed(),
                world.side(),
                split.folder(),
                size == Long.MAX_VALUE ? "endless" : Long.toString(size));
    }

    /** Does nothing: there is nothing to release. */
    @Override
    public void close() {}
}
