package io.github.icthp.examples.finetune;

import ai.djl.Device;

import io.github.icthp.diffusion.spark.SparkApplication;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.options.DeviceOptions;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.util.List;
import java.util.Optional;

/** Where the pictures of a step are made, if not on one device. */
final class PlaceOptions {

    @Option(
            names = "--devices",
            paramLabel = "DEVICE",
            split = ",",
            converter = DeviceOptions.Converter.class,
            description =
                    "several devices with commas, in place of --device: they share the pictures of"
                            + " each step, and the first also moves the adapter")
    private List<Device> devices = List.of();

    @Option(
            names = "--spark",
            paramLabel = "MASTER",
            arity = "0..1",
            fallbackValue = "",
            description =
                    "make the pictures of each step on the executors of Apache Spark, such as"
                            + " --spark=spark://host:7077; without MASTER, where spark-submit was"
                            + " told. Executors find models by the same paths; docs/scale.md says"
                            + " more")
    private @Nullable String spark;

    /** Takes the first of several devices for whatever runs on one. */
    void prepare(DeviceOptions one) {
        if (!devices.isEmpty() && spark != null) {
            throw new UnusableException("name --devices or --spark, not both");
        }
        devices.stream().limit(1).forEach(one::use);
    }

    /** Finds the devices, or joins Spark. */
    RolloutPlaces open() {
        List<Device> others = devices.stream().skip(1).map(DeviceOptions::require).toList();
        if (spark == null) {
            return new RolloutPlaces(others, Optional.empty());
        }
        if (!SparkApplication.isPossible()) {
            throw new UnusableException(
                    "--spark needs Apache Spark, whose classes are not here: start ict-hp by"
                            + " spark-submit --jars (every jar of lib, by commas) ict-hp.jar"
                            + " finetune --spark ... (docs/scale.md)");
        }
        Optional<String> master = Optional.of(spark).filter(name -> !name.isEmpty());
        return new RolloutPlaces(
                others, Optional.of(SparkApplication.open("ict-hp finetune", master)));
    }
}
