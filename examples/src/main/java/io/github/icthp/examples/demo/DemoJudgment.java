package io.github.icthp.examples.demo;

import io.github.icthp.RewardModel;
import io.github.icthp.examples.world.TruthCheck;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What became of pictures of held-out prompts.
 *
 * @param tuning the tuned model and its pictures
 * @param byReward pictures before and after, by every reward that looked at them
 * @param truths shares of pictures of which a claim is true, before and after
 */
record DemoJudgment(
        DemoTuning tuning,
        Map<String, PairedDifference> byReward,
        Map<String, PairedDifference> truths) {

    /** The second pair of reward models. */
    static final String JUDGE = "second ICT-HP, never optimized";

    private static final Map<String, Predicate<TruthCheck>> CLAIMS = claims();

    private static Map<String, Predicate<TruthCheck>> claims() {
        Map<String, Predicate<TruthCheck>> claims = new LinkedHashMap<>();
        claims.put("named color", TruthCheck::color);
        claims.put("named shape", TruthCheck::figure);
        claims.put("named count", TruthCheck::count);
        claims.put("everything named", TruthCheck::all);
        return claims;
    }

    /** Compares the pictures of a base model with those of a tuned one. */
    static DemoJudgment of(DemoRewards rewards, DemoSample base, DemoTuning tuning, long seed) {
        Map<String, PairedDifference> byReward = new LinkedHashMap<>();
        for (String name : DemoRewards.ALL) {
            try (RewardModel model = rewards.open(name)) {
                byReward.put(name, difference(model, base, tuning.pictures(), seed));
            }
        }
        Optional<RewardModel> judge = rewards.openJudge();
        if (judge.isPresent()) {
            try (RewardModel model = judge.get()) {
                byReward.put(JUDGE, difference(model, base, tuning.pictures(), seed));
            }
        }
        Map<String, PairedDifference> truths = new LinkedHashMap<>();
        CLAIMS.forEach(
                (claim, test) ->
                        truths.put(
                                claim,
                                PairedDifference.of(
                                        base.truths(test),
                                        tuning.pictures().truths(test),
                                        base.prompts(),
                                        seed)));
        return new DemoJudgment(tuning, byReward, truths);
    }

    private static PairedDifference difference(
            RewardModel model, DemoSample before, DemoSample after, long seed) {
        return PairedDifference.of(
                before.scores(model), after.scores(model), before.prompts(), seed);
    }

    /** The comparison by the reward that was optimized. */
    PairedDifference own() {
        return byReward.get(tuning.reward());
    }
}
