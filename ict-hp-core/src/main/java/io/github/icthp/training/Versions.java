package io.github.icthp.training;

import io.github.icthp.torch.Torch;

import java.util.Map;
import java.util.Optional;

/** What a run was made with. */
final class Versions {

    private Versions() {}

    static Map<String, String> all() {
        return Map.of(
                "ict-hp",
                Optional.ofNullable(Versions.class.getPackage().getImplementationVersion())
                        .orElse("development"),
                "java",
                System.getProperty("java.vm.name") + " " + Runtime.version(),
                "pytorch",
                Torch.version(),
                "os",
                System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    }
}
