package io.github.icthp.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import com.google.gson.Gson;
import com.google.gson.JsonObject;

import io.github.icthp.torch.TensorScope;
import io.github.icthp.train.data.LoaderCursor;
import io.github.icthp.training.LossScaler;
import io.github.icthp.training.SavedCheckpoint;
import io.github.icthp.training.Updater;

import java.util.Map;

/** All that changes in a run, in and out of checkpoints. */
final class TrainingState {

    /** The section of a checkpoint that holds the trained weights. */
    static final String WEIGHTS = "weights";

    private static final String OPTIMIZER = "optimizer";
    private static final Gson GSON = new Gson();

    private final StepTrainer trainer;
    private LoaderCursor cursor = LoaderCursor.START;
    private BestSoFar best = BestSoFar.NONE;

    TrainingState(StepTrainer trainer) {
        this.trainer = trainer;
    }

    private Updater updater() {
        return trainer.updater();
    }

    /** Where the next step's triplets begin. */
    LoaderCursor cursor() {
        return cursor;
    }

    void moveTo(LoaderCursor next) {
        cursor = next;
    }

    BestSoFar best() {
        return best;
    }

    /** Takes note of an evaluation. */
    void evaluated(double accuracy, double loss) {
        best = best.after(accuracy, loss);
    }

    JsonObject json() {
        JsonObject json = new JsonObject();
        json.add("loss_scaler", GSON.toJsonTree(updater().scaler().state()));
        json.add("cursor", GSON.toJsonTree(cursor));
        json.add("best", best.json());
        return json;
    }

    Map<String, Map<String, NDArray>> tensors() {
        return Map.of(
                WEIGHTS, updater().optimizer().masters(), OPTIMIZER, updater().optimizer().state());
    }

    /** Goes back to a checkpoint. */
    void restore(SavedCheckpoint saved) {
        TensorScope.run(
                Device.cpu(),
                () -> {
                    updater().optimizer().restore(saved.tensors(WEIGHTS), saved.tensors(OPTIMIZER));
                });
        trainer.engine().broadcast();
        JsonObject json = saved.state();
        updater().scaler().restore(GSON.fromJson(json.get("loss_scaler"), LossScaler.State.class));
        updater().resumeAt(saved.step());
        cursor = GSON.fromJson(json.get("cursor"), LoaderCursor.class);
        best = BestSoFar.of(json.getAsJsonObject("best"));
    }
}
