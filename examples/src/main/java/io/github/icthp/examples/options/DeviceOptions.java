package io.github.icthp.examples.options;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;

import io.github.icthp.Precision;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.torch.Torch;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where networks run, and in which type. */
public final class DeviceOptions {

    @Option(
            names = "--precision",
            paramLabel = "TYPE",
            defaultValue = "auto",
            description =
                    "fp32, bf16, fp16 or auto (bf16 where the hardware has it); default:"
                            + " ${DEFAULT-VALUE}")
    private Precision precision = Precision.AUTO;

    @Option(
            names = "--device",
            defaultValue = "cpu",
            converter = Converter.class,
            description = "cpu, gpu or gpu:N; default: ${DEFAULT-VALUE}")
    private Device device = Device.cpu();

    /** Returns the type to compute in. */
    public Precision precision() {
        return precision;
    }

    /** Takes another device than the one that was named. */
    public void use(Device other) {
        device = other;
    }

    /** Returns the device, if the machine has it. */
    public Device device() {
        return require(device);
    }

    /** Returns a device, if the machine has it. */
    public static Device require(Device device) {
        try (NDManager there = Torch.manager(device)) {
            return there.getDevice();
        } catch (IllegalArgumentException e) {
            throw new UnusableException(
                    "--device gpu:" + device.getDeviceId() + " is not there: " + e.getMessage());
        }
    }

    /** Reads {@code cpu}, {@code gpu} and {@code gpu:N}. */
    public static final class Converter implements ITypeConverter<Device> {

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
