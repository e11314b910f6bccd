package io.github.icthp.train.evaluation;

import io.github.icthp.RewardScore;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.train.evaluation.RewardTally.Reward;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Which rewards the models of an evaluation give. */
final class EvaluatedRewards {

    private static final List<String> ORDER = List.of("CLIP", "ICT", "HP", "ICT-HP");

    private EvaluatedRewards() {}

    /** Returns the rewards as functions of the models' scores, which come in the map's order. */
    static List<Reward> of(Map<String, ImageScorer> models) {
        List<String> names = List.copyOf(models.keySet());
        List<Reward> rewards = new ArrayList<>();
        models.forEach(
                (name, model) -> {
                    int place = names.indexOf(name);
                    if (name.equals("ICT-HP") && model.kind().equals(RewardKind.COMBINED)) {
                        rewards.add(ict("ICT", place));
                        rewards.add(hp("HP", place));
                    }
                    rewards.add(own(name, model.kind(), place));
                });
        if (models.containsKey("ICT") && models.containsKey("HP")) {
            int ict = names.indexOf("ICT");
            int hp = names.indexOf("HP");
            rewards.add(prompted("ICT-HP", s -> s.get(ict).ict() * s.get(hp).hp()));
        }
        rewards.sort(Comparator.comparingInt(EvaluatedRewards::place));
        requireDistinct(rewards);
        return rewards;
    }

    private static int place(Reward reward) {
        int place = ORDER.indexOf(reward.name());
        return place < 0 ? ORDER.size() : place;
    }

    private static Reward own(String name, RewardKind kind, int place) {
        if (kind.equals(RewardKind.ICT)) {
            return ict(name, place);
        }
        return new Reward(name, kind.readsPrompt(), false, s -> s.get(place).value());
    }

    private static Reward ict(String name, int place) {
        return new Reward(name, true, true, s -> s.get(place).ict());
    }

    private static Reward hp(String name, int place) {
        return new Reward(name, false, false, s -> s.get(place).hp());
    }

    private static Reward prompted(String name, ToDoubleFunction<List<RewardScore>> score) {
        return new Reward(name, true, false, score);
    }

    private static void requireDistinct(List<Reward> rewards) {
        List<String> names = rewards.stream().map(Reward::name).toList();
        if (names.stream().distinct().count() < names.size()) {
            throw new IllegalStateException(
                    String.format(
                            Locale.ROOT,
                            "Evaluation: a reward would be there twice among %s; combined(model) gives ICT, HP and ICT-HP by itself",
                            names));
        }
    }
}
