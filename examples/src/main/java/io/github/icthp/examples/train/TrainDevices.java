package io.github.icthp.examples.train;

import ai.djl.Device;

import io.github.icthp.Precision;
import io.github.icthp.examples.options.DeviceOptions;
import io.github.icthp.train.TrainerBuilder;

import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;

/** Where training runs, and what its towers compute in. */
final class TrainDevices {

    @Option(
            names = "--precision",
            paramLabel = "TYPE",
            defaultValue = "fp32",
            description =
                    "what towers compute in: fp32, bf16, fp16 or auto; weights stay fp32; default:"
                            + " ${DEFAULT-VALUE}")
    private Precision precision = Precision.FP32;

    @Option(
            names = "--device",
            split = ",",
            defaultValue = "cpu",
            converter = DeviceOptions.Converter.class,
            description =
                    "cpu, gpu, gpu:N, or several with commas, which share each batch; default:"
                            + " ${DEFAULT-VALUE}")
    private List<Device> devices = List.of(Device.cpu());

    TrainerBuilder<?> on(TrainerBuilder<?> run) {
        List<Device> there = new ArrayList<>();
        devices.forEach(device -> there.add(DeviceOptions.require(device)));
        Device[] others = there.subList(1, there.size()).toArray(Device[]::new);
        return run.precision(precision).devices(there.get(0), others);
    }
}
