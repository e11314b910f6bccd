package io.github.icthp.train.spark;

import ai.djl.Device;

import io.github.icthp.torch.Torch;

import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/** Which device a task computes on. */
final class TaskDevice {

    private static final String GPU = "gpu";

    private TaskDevice() {}

    /** The device of a description, for the task that runs on this thread if one does. */
    static Device of(String name) {
        if (name.equals("cpu")) {
            return Device.cpu();
        }
        int colon = name.indexOf(':');
        return Device.gpu(colon < 0 ? assigned() : Integer.parseInt(name.substring(colon + 1)));
    }

    private static int assigned() {
        TaskContext task = TaskContext.get();
        ResourceInformation gpus = task == null ? null : task.resourcesJMap().get(GPU);
        if (gpus != null && gpus.addresses().length > 0) {
            return Integer.parseInt(gpus.addresses()[0]);
        }
        int there = Math.max(1, Torch.engine().getGpuCount());
        return task == null ? 0 : task.partitionId() % there;
    }
}
