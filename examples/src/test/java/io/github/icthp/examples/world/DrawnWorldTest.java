package io.github.icthp.examples.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;

import io.github.icthp.train.data.PreferenceTriplet;
import io.github.icthp.train.data.Split;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.awt.image.BufferedImage;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

class DrawnWorldTest {

    /** The pixels of the first scenes of a world: equal on every machine and every JDK. */
    @Test
    void everyMachineDrawsTheSamePixels() {
        assertThat(pixels(DrawnWorld.seed(7).faultless()))
                .isEqualTo("c2b6626f05784f02377c5456b9ed651150abc9322cda08b29c5774c91377e286");
        assertThat(pixels(DrawnWorld.seed(7)))
                .isEqualTo("8e4c1df2a4be0e8bd3e66ea3ee5cbca480c967e1bafab7c37b99890dc79ad4a0");
    }

    private static String pixels(DrawnWorld drawn) {
        WorldSplit world = drawn.split(Split.TRAIN);
        Hasher hasher = Hashing.sha256().newHasher();
        for (long row = 0; row < 20; row++) {
            Scene scene = world.scene(row);
            add(scene.rejected(), hasher);
            add(scene.preferred(), hasher);
            add(scene.refined(), hasher);
        }
        return hasher.hash().toString();
    }

    /**
     * Preferred pictures miss a detail in some scenes; prompts and rich pictures stay as they are.
     */
    @Test
    void someScenesHaveFaultyPreferredPictures() {
        WorldSplit world = DrawnWorld.seed(7).split(Split.TEST);
        WorldSplit faultless = DrawnWorld.seed(7).faultless().split(Split.TEST);
        int missing = 0;
        for (long row = 0; row < 1000; row++) {
            Scene scene = world.scene(row);
            Scene right = faultless.scene(row);
            assertThat(right.misses()).isFalse();
            assertThat(scene.refinedPrompt()).isEqualTo(right.refinedPrompt());
            assertThat(scene.misses())
                    .isEqualTo(!scene.preferredContent().equals(right.preferredContent()));
            missing += scene.misses() ? 1 : 0;
        }
        assertThat(missing / 1000.0).isCloseTo(DrawnWorld.MISSING, within(0.03));
        assertThat(world.fingerprint()).isNotEqualTo(faultless.fingerprint());
    }

    @Test
    void aShareIsBetweenNoneAndAll() {
        assertThatThrownBy(() -> new DrawnWorld(1, 64, 1.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1.5");
        assertThatThrownBy(() -> new DrawnWorld(1, 64, Double.NaN))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static void add(BufferedImage picture, Hasher hasher) {
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                hasher.putInt(picture.getRGB(x, y) & 0xffffff);
            }
        }
    }

    @Test
    void partsShareNoPromptEvenBetweenSeeds() {
        Map<Split, Set<String>> prompts = new EnumMap<>(Split.class);
        for (Split split : Split.values()) {
            WorldSplit part = DrawnWorld.seed(prompts.size()).split(split);
            prompts.put(
                    split,
                    LongStream.range(0, 3000)
                            .mapToObj(part::scene)
                            .map(Scene::easyPrompt)
                            .collect(Collectors.toSet()));
        }
        assertThat(prompts.get(Split.TRAIN))
                .hasSizeGreaterThan(1000)
                .doesNotContainAnyElementsOf(prompts.get(Split.VAL))
                .doesNotContainAnyElementsOf(prompts.get(Split.TEST));
        assertThat(prompts.get(Split.VAL)).doesNotContainAnyElementsOf(prompts.get(Split.TEST));
    }

    @Test
    void orderOfTwoJoinedThingsDoesNotChangeTheirPart() {
        Things star = Things.of(1, Color.RED, Figure.STAR);
        for (Color color : Color.values()) {
            Things ring = Things.of(1, color, Figure.RING);
            assertThat(new SceneContent(List.of(star, ring), Relation.AND).split())
                    .isEqualTo(new SceneContent(List.of(ring, star), Relation.AND).split());
        }
    }

    @ParameterizedTest
    @EnumSource
    void seedsAndRowsDiffer(Split split) {
        WorldSplit one = DrawnWorld.seed(1).split(split);
        WorldSplit two = DrawnWorld.seed(2).split(split);
        assertThat(one.scene(0)).isNotEqualTo(two.scene(0)).isEqualTo(one.scene(0));
        assertThat(LongStream.range(0, 200).mapToObj(r -> one.scene(r).refinedPrompt()))
                .doesNotHaveDuplicates();
        assertThat(one.fingerprint()).isNotEqualTo(two.fingerprint());
    }

    @Test
    void isEndlessUnlessCut() {
        WorldSplit endless = DrawnWorld.seed(1).split(Split.VAL);
        assertThat(endless.size()).isEmpty();
        assertThat(endless.get(1L << 40).easyPrompt()).isNotEmpty();
        try (WorldSplit cut = endless.first(3)) {
            assertThat(cut.stream(0).map(PreferenceTriplet::row)).containsExactly(0L, 1L, 2L);
            assertThatThrownBy(() -> cut.get(3)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(cut.fingerprint()).isNotEqualTo(endless.fingerprint());
        }
    }

    @Test
    void refinedPromptsKeepTheEasyOne() {
        Scene scene = DrawnWorld.seed(7).split(Split.TRAIN).scene(0);
        assertThat(scene.refinedPrompt())
                .isEqualTo(
                        "a small pink heart made of veined marble with soft shadows, among desert"
                                + " dunes, in clear daylight");
        assertThat(scene.easyPrompt()).isEqualTo("a small pink heart");
    }
}
