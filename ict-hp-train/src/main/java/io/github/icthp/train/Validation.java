package io.github.icthp.train;

import io.github.icthp.train.data.PixelReader;
import io.github.icthp.train.data.PreferenceDataset;
import io.github.icthp.train.data.TripletBatch;
import io.github.icthp.train.data.TripletLoader;

import java.util.LinkedHashMap;
import java.util.Map;

/** Ranks triplets that are never trained on, on the first device. */
final class Validation {

    static final String ACCURACY = "pair_accuracy";
    static final String LOSS = "loss";

    private final TrainerBuilder<?> settings;
    private final PreferenceDataset data;
    private final RewardTrainer trainer;

    /** The name in metrics of a part of the loss. */
    static String lossName(String part) {
        return part.equals("total") ? LOSS : part;
    }

    Validation(TrainerBuilder<?> settings, PreferenceDataset data, RewardTrainer trainer) {
        this.settings = settings;
        this.data = data;
        this.trainer = trainer;
    }

    /** Evaluates the model as it is now; losses are means over triplets. */
    Map<String, Double> run() {
        PairCounts pairs = new PairCounts();
        Map<String, Double> losses = new LinkedHashMap<>();
        long triplets = 0;
        PixelReader reader = trainer.pixelReader();
        try (TripletLoader loader =
                TripletLoader.of(data, reader)
                        .batchSize(settings.optimizer().batchSize())
                        .threads(settings.decodingThreads())
                        .badRows(settings.badRows())
                        .epochs(1)
                        .build()) {
            while (loader.hasNext()) {
                try (TripletBatch batch = loader.next()) {
                    ValidationBatch judged = trainer.engine().judge(trainer.inputs(batch));
                    pairs.add(judged.scores());
                    judged.losses()
                            .forEach((n, v) -> losses.merge(n, v * judged.size(), Double::sum));
                    triplets += judged.size();
                }
            }
        }
        long total = triplets;
        Map<String, Double> values = new LinkedHashMap<>(pairs.values());
        losses.forEach((part, sum) -> values.put(lossName(part), sum / total));
        return values;
    }
}
