package io.github.icthp.examples.demo;

import ai.djl.Device;

import com.google.common.collect.Lists;

import io.github.icthp.ImageSource;
import io.github.icthp.RewardModel;
import io.github.icthp.clip.ClipImageEncoder;
import io.github.icthp.clip.VisionSource;
import io.github.icthp.diffusion.adapter.FeatureAlignment;
import io.github.icthp.diffusion.adapter.FeatureShift;
import io.github.icthp.examples.world.DrawnWorld;
import io.github.icthp.examples.world.Scene;
import io.github.icthp.torch.Autograd;
import io.github.icthp.torch.Autograd.Mode;
import io.github.icthp.torch.DType;
import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.train.data.Split;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Whether what was made for CLIP's features understands those of ICT's and HP's vision towers, as
 * the paper's Figure 14 asks of an IP-Adapter. The reader here is the simplest one: of many rich
 * drawings it finds the one whose CLIP features have the greatest cosine with what it is handed.
 *
 * @param pictures how many rich drawings it is handed
 * @param choice how many it chooses among
 * @param chance how often a trait of any of them is right
 * @param readings an encoder each, CLIP itself first
 * @param shown the first drawings, with what is found for them
 */
record PaperStyle(
        int pictures,
        int choice,
        Map<String, Double> chance,
        List<Reading> readings,
        List<Shown> shown) {

    static final String ALIGNED = ", aligned";

    private static final int SHOWN = 6;

    /** For each drawing that is handed over, so many are there to be chosen. */
    private static final int CHOICES = 4;

    private static final int BATCH = 32;

    /** What two drawings may have in common; the first three are what refined prompts add. */
    private static final Map<String, Function<Scene, Object>> TRAITS = traits();

    private static Map<String, Function<Scene, Object>> traits() {
        Map<String, Function<Scene, Object>> traits = new LinkedHashMap<>();
        traits.put("backdrop", scene -> scene.style().backdrop());
        traits.put("material", scene -> scene.style().material());
        traits.put("light", scene -> scene.style().light());
        traits.put("color", scene -> scene.content().things().get(0).color());
        traits.put("shape", scene -> scene.content().things().get(0).figure());
        return traits;
    }

    /**
     * What is found for the features of one encoder.
     *
     * @param encoder its name
     * @param shifts how far its features lie from CLIP's, none for CLIP itself
     * @param traits how often a trait of what is found is right, before for CLIP's features and
     *     after for this encoder's
     */
    record Reading(
            String encoder, List<FeatureShift> shifts, Map<String, PairedDifference> traits) {

        Optional<Double> cosine() {
            return mean(FeatureShift::cosine);
        }

        Optional<Double> normRatio() {
            return mean(FeatureShift::normRatio);
        }

        private Optional<Double> mean(Function<FeatureShift, Double> value) {
            return shifts.isEmpty()
                    ? Optional.empty()
                    : Optional.of(
                            shifts.stream().mapToDouble(value::apply).average().orElseThrow());
        }

        long warnings() {
            return shifts.stream().filter(FeatureShift::isLarge).count();
        }
    }

    /**
     * A drawing and what is found for it.
     *
     * @param scene what it shows
     * @param found drawings by encoder
     */
    record Shown(Scene scene, Map<String, Scene> found) {}

    /** A few hundred drawings and their features by one encoder. */
    private record Seen(List<Scene> scenes, List<float[]> features) {

        /** The scene whose features have the greatest cosine with others. */
        Scene nearest(float[] wanted) {
            int best = 0;
            double most = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < features.size(); i++) {
                double cosine = cosine(features.get(i), wanted);
                if (cosine > most) {
                    most = cosine;
                    best = i;
                }
            }
            return scenes.get(best);
        }

        private static double cosine(float[] first, float[] second) {
            double product = 0;
            double length = 0;
            for (int i = 0; i < first.length; i++) {
                product += (double) first[i] * second[i];
                length += (double) first[i] * first[i];
            }
            return product / Math.sqrt(length);
        }
    }

    static PaperStyle of(DemoRewards rewards, int pictures, long seed) {
        List<Scene> styles = scenes(seed, Split.TEST, 0, pictures);
        List<Scene> sample = scenes(seed, Split.TRAIN, 0, pictures);
        List<Scene> choice = scenes(seed, Split.TEST, pictures, CHOICES * pictures);
        VisionSource clip = tower(rewards, DemoRewards.CLIP);
        Seen known = new Seen(choice, features(clip, choice));
        List<float[]> base = features(clip, styles);
        List<float[]> baseSample = features(clip, sample);
        Map<String, List<float[]>> handed = new LinkedHashMap<>();
        handed.put(DemoRewards.CLIP, base);
        for (String name : List.of(DemoRewards.ICT, DemoRewards.HP)) {
            VisionSource tower = tower(rewards, name);
            List<float[]> plain = features(tower, styles);
            FeatureAlignment alignment =
                    FeatureAlignment.fit(baseSample, features(tower, sample), plain.get(0).length);
            handed.put(name, plain);
            handed.put(name + ALIGNED, plain.stream().map(alignment::apply).toList());
        }
        Map<String, List<Scene>> found = new LinkedHashMap<>();
        handed.forEach((name, all) -> found.put(name, all.stream().map(known::nearest).toList()));
        List<Reading> readings = new ArrayList<>();
        found.forEach(
                (name, scenes) ->
                        readings.add(
                                new Reading(
                                        name,
                                        shifts(name, base, handed.get(name)),
                                        right(styles, found.get(DemoRewards.CLIP), scenes, seed))));
        return new PaperStyle(
                pictures, choice.size(), chance(styles, choice), readings, shown(styles, found));
    }

    private static List<Scene> scenes(long seed, Split part, long first, int count) {
        DrawnWorld world = DrawnWorld.seed(seed).side(PaperScores.SIDE);
        return LongStream.range(first, first + count).mapToObj(world.split(part)::scene).toList();
    }

    private static VisionSource tower(DemoRewards rewards, String name) {
        try (RewardModel model = rewards.open(name)) {
            return model.visionTower();
        }
    }

    /** The projected features of rich drawings, as plain IP-Adapters read them. */
    private static List<float[]> features(VisionSource tower, List<Scene> scenes) {
        List<float[]> all = new ArrayList<>();
        try (ClipImageEncoder encoder = ClipImageEncoder.load(tower, Device.cpu(), DType.FLOAT32)) {
            for (List<Scene> batch : Lists.partition(scenes, BATCH)) {
                float[] values =
                        TensorScope.call(
                                Device.cpu(),
                                () -> Autograd.in(Mode.INFERENCE, () -> projected(encoder, batch)));
                int width = values.length / batch.size();
                for (int i = 0; i < batch.size(); i++) {
                    all.add(Arrays.copyOfRange(values, i * width, (i + 1) * width));
                }
            }
        }
        return all;
    }

    private static float[] projected(ClipImageEncoder encoder, List<Scene> batch) {
        return Tensors.toFloats(
                encoder.projected(
                        encoder.pixels(
                                batch.stream()
                                        .map(PaperStyle::source)
                                        .map(ImageSource::input)
                                        .toList())));
    }

    private static ImageSource source(Scene scene) {
        return ImageSource.of("I3 of drawn scene " + scene.row(), scene.refined());
    }

    private static List<FeatureShift> shifts(
            String encoder, List<float[]> base, List<float[]> others) {
        return base == others
                ? List.of()
                : IntStream.range(0, base.size())
                        .mapToObj(
                                i ->
                                        FeatureShift.between(
                                                "picture " + i,
                                                encoder,
                                                encoder.endsWith(ALIGNED),
                                                base.get(i),
                                                others.get(i)))
                        .toList();
    }

    private static Map<String, PairedDifference> right(
            List<Scene> styles, List<Scene> before, List<Scene> after, long seed) {
        List<String> each =
                IntStream.range(0, styles.size()).mapToObj(i -> "picture " + i).toList();
        Map<String, PairedDifference> all = new LinkedHashMap<>();
        TRAITS.forEach(
                (name, trait) ->
                        all.put(
                                name,
                                PairedDifference.of(
                                        same(trait, styles, before),
                                        same(trait, styles, after),
                                        each,
                                        seed)));
        return all;
    }

    private static double[] same(
            Function<Scene, Object> trait, List<Scene> styles, List<Scene> found) {
        return IntStream.range(0, styles.size())
                .mapToDouble(
                        i -> trait.apply(styles.get(i)).equals(trait.apply(found.get(i))) ? 1 : 0)
                .toArray();
    }

    /** The share of pairs of a drawing that is handed over and one to choose that agree. */
    private static Map<String, Double> chance(List<Scene> styles, List<Scene> choice) {
        Map<String, Double> chance = new LinkedHashMap<>();
        TRAITS.forEach(
                (name, trait) ->
                        chance.put(
                                name,
                                styles.stream()
                                        .mapToDouble(style -> share(trait, style, choice))
                                        .average()
                                        .orElseThrow()));
        return chance;
    }

    private static double share(Function<Scene, Object> trait, Scene style, List<Scene> choice) {
        Object wanted = trait.apply(style);
        return (double) choice.stream().filter(s -> trait.apply(s).equals(wanted)).count()
                / choice.size();
    }

    private static List<Shown> shown(List<Scene> styles, Map<String, List<Scene>> found) {
        List<Shown> shown = new ArrayList<>();
        for (int i = 0; i < Math.min(SHOWN, styles.size()); i++) {
            Map<String, Scene> one = new LinkedHashMap<>();
            int place = i;
            found.forEach((name, scenes) -> one.put(name, scenes.get(place)));
            shown.add(new Shown(styles.get(i), one));
        }
        return shown;
    }

    /** The traits that are looked at. */
    static List<String> traitNames() {
        return List.copyOf(TRAITS.keySet());
    }

    Reading reading(String encoder) {
        return readings.stream().filter(r -> r.encoder().equals(encoder)).findFirst().orElseThrow();
    }
}
