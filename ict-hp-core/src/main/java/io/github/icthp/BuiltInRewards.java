package io.github.icthp;

import com.google.common.collect.ImmutableMap;

import io.github.icthp.blip.ImageReward;
import io.github.icthp.blip.ItmReward;
import io.github.icthp.reward.AestheticReward;
import io.github.icthp.reward.CosineReward;
import io.github.icthp.reward.IctHpReward;
import io.github.icthp.reward.RewardDefinition;
import io.github.icthp.reward.RewardKind;
import io.github.icthp.reward.ScoreScale;

import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** The scorers that come with the library, by the names that programs and arguments use. */
public final class BuiltInRewards {

    private static final ImmutableMap<String, Supplier<RewardDefinition>> BY_NAME =
            ImmutableMap.<String, Supplier<RewardDefinition>>builder()
                    .put("ict", () -> new IctHpReward(RewardKind.ICT))
                    .put("hp", () -> new IctHpReward(RewardKind.HP))
                    .put("combined", () -> new IctHpReward(RewardKind.COMBINED))
                    .put("ict-hp", () -> new IctHpReward(RewardKind.COMBINED))
                    .put("clip", () -> CosineReward.clip(ScoreScale.COSINE))
                    .put("clip-100", () -> CosineReward.clip(ScoreScale.CLIP_SCORE_100))
                    .put("clip-2.5", () -> CosineReward.clip(ScoreScale.CLIP_SCORE_2_5))
                    .put("pickscore", CosineReward::pickScore)
                    .put("hps", CosineReward::hps)
                    .put("aesthetic", AestheticReward::new)
                    .put("itm", ItmReward::new)
                    .put("image-reward", ImageReward::new)
                    .put("imagereward", ImageReward::new)
                    .build();

    private BuiltInRewards() {}

    /**
     * Returns the names.
     *
     * @return in lower case, in the order in which they are listed to people
     */
    public static List<String> names() {
        return BY_NAME.keySet().asList();
    }

    /**
     * Returns a scorer by its name.
     *
     * @param name one of {@link #names}, in any case
     * @return the definition
     * @throws IllegalArgumentException if there is none of the name; it lists the names
     */
    public static RewardDefinition named(String name) {
        Supplier<RewardDefinition> definition = BY_NAME.get(name.toLowerCase(Locale.ROOT));
        if (definition == null) {
            throw new IllegalArgumentException(
                    "expected a reward among " + names() + ", got '" + name + "'");
        }
        return definition.get();
    }
}
