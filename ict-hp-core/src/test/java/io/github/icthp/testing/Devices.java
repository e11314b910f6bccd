package io.github.icthp.testing;

import ai.djl.Device;

/** The device that tests compute on: system property {@code test.device}, cpu or gpu. */
public final class Devices {

    private static final Device TESTED =
            switch (System.getProperty("test.device", "cpu")) {
                case "cpu" -> Device.cpu();
                case "gpu" -> Device.gpu();
                default ->
                        throw new IllegalArgumentException(
                                "test.device: expected cpu or gpu, got "
                                        + System.getProperty("test.device"));
            };

    private Devices() {}

    /** Returns the device. */
    public static Device tested() {
        return TESTED;
    }
}
