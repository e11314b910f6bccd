package io.github.icthp.examples.pretraining;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;

import com.google.common.base.Preconditions;
import com.google.gson.JsonObject;

import io.github.icthp.torch.TensorScope;
import io.github.icthp.torch.Tensors;
import io.github.icthp.training.SavedCheckpoint;
import io.github.icthp.training.Updater;
import io.github.icthp.training.WeightAverage;

import java.util.LinkedHashMap;
import java.util.Map;

/** All that changes in a run, in and out of checkpoints. Batches are functions of the step. */
record FlowMatchingState(Updater updater, WeightAverage average) {

    JsonObject json() {
        return new JsonObject();
    }

    Map<String, Map<String, NDArray>> tensors() {
        Map<String, Map<String, NDArray>> sections = new LinkedHashMap<>();
        sections.put("weights", updater.optimizer().masters());
        sections.put("optimizer", updater.optimizer().state());
        sections.put("average", average.tensors());
        return sections;
    }

    void restore(SavedCheckpoint saved) {
        try (TensorScope scope = TensorScope.open(Device.cpu())) {
            updater.optimizer().restore(saved.tensors("weights"), saved.tensors("optimizer"));
            Map<String, NDArray> averages = saved.tensors("average");
            average.tensors()
                    .forEach((name, tensor) -> Tensors.overwrite(tensor, of(averages, name)));
            assert scope == TensorScope.current();
        }
        updater.resumeAt(saved.step());
    }

    private static NDArray of(Map<String, NDArray> averages, String name) {
        return Preconditions.checkNotNull(
                averages.get(name), "the checkpoint lacks the average of %s", name);
    }
}
