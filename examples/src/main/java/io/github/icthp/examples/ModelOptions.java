package io.github.icthp.examples;

import ai.djl.Device;
import ai.djl.engine.Engine;

import io.github.icthp.Precision;
import io.github.icthp.RewardModel;
import io.github.icthp.RewardModelBuilder;
import io.github.icthp.weights.hub.Hub;
import io.github.icthp.weights.hub.WeightLocator;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which weights, and how they run. */
final class ModelOptions {

    @Option(
            names = "--ict",
            paramLabel = "DIR",
            description =
                    "ICT's weights: released layout, Hugging Face folder, one file, or a hub id such"
                            + " as 8y/ICT")
    private @Nullable String ict;

    @Option(
            names = "--hp",
            paramLabel = "DIR",
            description =
                    "HP's weights: a folder with hp_backbone and hp_scorer, or a hub id (8y/HP)")
    private @Nullable String hp;

    @Option(
            names = "--base",
            paramLabel = "DIR",
            description = "config.json, preprocessor_config.json and tokenizer of the base model")
    private @Nullable String base;

    @Option(
            names = "--precision",
            paramLabel = "TYPE",
            defaultValue = "auto",
            description = "fp32, bf16, fp16 or auto (bf16 where the hardware has it)")
    private Precision precision = Precision.AUTO;

    @Option(
            names = "--device",
            defaultValue = "cpu",
            converter = DeviceConverter.class,
            description = "cpu, gpu or gpu:N; default: ${DEFAULT-VALUE}")
    private Device device = Device.cpu();

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "8",
            description = "images computed at once; default: ${DEFAULT-VALUE}")
    private int batch;

    /** Returns whether a prompt plays a part. */
    boolean usesPrompts() {
        return ict != null;
    }

    /** Loads the model. */
    RewardModel open() {
        if (ict == null && hp == null) {
            throw new UnusableException(
                    "no weights: name --ict DIR, --hp DIR or both (or try the verb sample)");
        }
        int gpus = device.isGpu() ? Engine.getEngine("PyTorch").getGpuCount() : 0;
        if (device.isGpu() && device.getDeviceId() >= gpus) {
            throw new UnusableException(
                    "--device gpu:"
                            + device.getDeviceId()
                            + " is not there: PyTorch sees "
                            + gpus
                            + " GPUs; put CUDA natives on the class path, or take --device cpu");
        }
        try {
            RewardModelBuilder builder = builder().device(device).precision(precision).batch(batch);
            return (base == null ? builder : builder.base(find(base))).build();
        } catch (RuntimeException e) {
            throw new UnusableException(e);
        }
    }

    private RewardModelBuilder builder() {
        if (ict == null) {
            return RewardModel.hp().hp(find(hp));
        }
        return hp == null
                ? RewardModel.ict().ict(find(ict))
                : RewardModel.combined().ict(find(ict)).hp(find(hp));
    }

    private static Path find(@Nullable String name) {
        return new WeightLocator(Hub.ofEnvironment()).find(String.valueOf(name));
    }

    /** Reads {@code cpu}, {@code gpu} and {@code gpu:N}. */
    static final class DeviceConverter implements ITypeConverter<Device> {

        private static final Pattern DEVICE = Pattern.compile("cpu|gpu(?::(\\d{1,3}))?");

        @Override
        public Device convert(String value) {
            Matcher matcher = DEVICE.matcher(value);
            if (!matcher.matches()) {
                throw new TypeConversionException("expected cpu, gpu or gpu:N, got " + value);
            }
            if (value.equals("cpu")) {
                return Device.cpu();
            }
            String number = matcher.group(1);
            return Device.gpu(number == null ? 0 : Integer.parseInt(number));
        }
    }
}
