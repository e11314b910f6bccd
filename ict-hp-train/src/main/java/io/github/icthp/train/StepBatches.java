package io.github.icthp.train;

import io.github.icthp.train.data.LoaderCursor;
import io.github.icthp.train.data.TripletBatch;
import io.github.icthp.train.data.TripletLoader;
import io.github.icthp.train.data.TripletLoaderBuilder;
import io.github.icthp.training.Seeds;

import java.util.ArrayList;
import java.util.List;

/** The batches of every step, decoded ahead, from where a checkpoint was saved. */
final class StepBatches implements AutoCloseable {

    private final TripletLoader loader;
    private final int perStep;

    StepBatches(TrainerBuilder<?> settings, RewardTrainer trainer, LoaderCursor start) {
        OptimizerConfig optimizer = settings.optimizer();
        TripletLoaderBuilder options =
                TripletLoader.of(settings.data(), trainer.pixelReader())
                        .batchSize(optimizer.batchSize())
                        .threads(settings.decodingThreads())
                        .badRows(settings.badRows())
                        .dropLast()
                        .startAt(start);
        if (settings.data().size().isPresent()) {
            options.shuffle(Seeds.derive(settings.seed(), 0, "order"));
        }
        this.loader = options.build();
        this.perStep = optimizer.accumulation();
    }

    /** The next step's batches, to be closed by the caller. */
    List<TripletBatch> next() {
        List<TripletBatch> batches = new ArrayList<>();
        for (int i = 0; i < perStep; i++) {
            batches.add(loader.next());
        }
        return batches;
    }

    @Override
    public void close() {
        loader.close();
    }
}
