package io.github.icthp.diffusion.draft;

import com.google.common.base.Suppliers;

import io.github.icthp.training.Metrics;
import io.github.icthp.training.WeightAverage;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Evaluates held-out prompts, tuned against base. */
final class DraftKEvaluation {

    private final HeldOut heldOut;
    private final DraftKOutput output;
    private final Optional<WeightAverage> average;
    private final boolean judged;
    private final Supplier<HeldOut.Evaluation> base;

    DraftKEvaluation(DraftKBuilder settings, DraftKOutput output, Optional<WeightAverage> average) {
        this.output = output;
        this.average = average;
        this.judged = !settings.judge().equals(settings.reward());
        this.heldOut =
                new HeldOut(
                        new PictureSampler(settings.model(), settings.config().sampling()),
                        settings.heldOut(),
                        settings.config(),
                        settings.reward(),
                        settings.judge());
        // Its pictures never change, so a resumed run makes the same ones again.
        this.base = Suppliers.memoize(heldOut::evaluateBase);
    }

    /** Evaluates after some steps, and tells the state. */
    void run(long step, DraftKState state) {
        HeldOut.Evaluation[] tuned = new HeldOut.Evaluation[1];
        Runnable evaluate = () -> tuned[0] = heldOut.evaluate(step);
        average.ifPresentOrElse(a -> a.inPlace(evaluate), evaluate);
        HeldOut.Evaluation before = base.get();
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("reward", tuned[0].reward());
        values.put("base_reward", before.reward());
        tuned[0].terms().forEach((name, mean) -> values.put("reward." + name, mean));
        before.terms().forEach((name, mean) -> values.put("base_reward." + name, mean));
        if (judged) {
            values.put("held_out_reward", tuned[0].judged());
            values.put("base_held_out_reward", before.judged());
            tuned[0].judgedTerms()
                    .forEach((name, mean) -> values.put("held_out_reward." + name, mean));
            before.judgedTerms()
                    .forEach((name, mean) -> values.put("base_held_out_reward." + name, mean));
        }
        output.evaluated(
                new Metrics(step, Metrics.EVALUATE, values),
                ImageGrid.png(heldOut.pictures(), before.images(), tuned[0].images()));
        state.evaluated(step, tuned[0].reward(), tuned[0].judged());
    }
}
