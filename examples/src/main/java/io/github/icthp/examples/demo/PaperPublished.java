package io.github.icthp.examples.demo;

import io.github.icthp.reward.RewardKind;
import io.github.icthp.reward.ScoreScale;
import io.github.icthp.train.evaluation.table.PromptCondition;
import io.github.icthp.train.evaluation.table.PublishedTable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** The paper's own figures, as they were printed (arXiv 2507.19002). */
final class PaperPublished {

    /** Mean pair accuracies in %, of the main text. */
    static final Map<String, Double> ACCURACY = accuracy();

    /** Lines of Table 7: the mean, then the tasks. */
    static final Map<String, List<Double>> GENEVAL = geneval();

    static final String GENEVAL_NOTE =
            "The six values printed for FLUX.1-schnell + ICT-HP average 0.733, not the printed 0.69:"
                    + " its color_attr of 0.81 repeats the value of colors.";

    private static final List<String> GENERATORS =
            List.of("SD1.5", "SDXL", "SD3.5-T", "SD3.5-L", "FLUX_S", "FLUX");

    private static final Map<String, RewardKind> KINDS =
            Map.of(
                    DemoRewards.CLIP, RewardKind.clip(ScoreScale.COSINE),
                    DemoRewards.ICT, RewardKind.ICT,
                    DemoRewards.HP, RewardKind.HP,
                    DemoRewards.COMBINED, RewardKind.COMBINED);

    private PaperPublished() {}

    private static Map<String, Double> accuracy() {
        Map<String, Double> means = new LinkedHashMap<>();
        means.put(DemoRewards.CLIP, 60.30);
        means.put("ImageReward", 63.81);
        means.put("PickScore", 79.04);
        means.put(DemoRewards.ICT, 87.58);
        means.put(DemoRewards.HP, 88.47);
        means.put(DemoRewards.COMBINED, 88.84);
        return means;
    }

    private static Map<String, List<Double>> geneval() {
        Map<String, List<Double>> rows = new LinkedHashMap<>();
        rows.put("FLUX.1-schnell", List.of(0.68, 0.99, 0.88, 0.62, 0.76, 0.30, 0.51));
        rows.put("FLUX.1-schnell + ICT-HP", List.of(0.69, 0.99, 0.88, 0.62, 0.81, 0.29, 0.81));
        rows.put("FLUX.1-schnell + ICT", List.of(0.69, 0.99, 0.88, 0.60, 0.81, 0.29, 0.55));
        rows.put("FLUX.1-dev", List.of(0.66, 0.97, 0.82, 0.71, 0.78, 0.22, 0.45));
        rows.put("FLUX.1-dev + ICT-HP", List.of(0.67, 0.99, 0.82, 0.74, 0.80, 0.20, 0.51));
        rows.put("FLUX.1-dev + ICT", List.of(0.67, 0.98, 0.81, 0.73, 0.80, 0.19, 0.50));
        return rows;
    }

    /**
     * What refined prompts change in a column of Table 6, for each generator; none if not there.
     */
    static List<Double> changes(String column) {
        List<Double> changes = new ArrayList<>();
        RewardKind kind = KINDS.get(column);
        for (String generator : kind == null ? List.<String>of() : GENERATORS) {
            OptionalDouble base =
                    PublishedTable.table6().mean(generator, PromptCondition.BASE, kind);
            OptionalDouble refined =
                    PublishedTable.table6().mean(generator, PromptCondition.REFINED, kind);
            changes.add(refined.orElseThrow() - base.orElseThrow());
        }
        return changes;
    }
}
