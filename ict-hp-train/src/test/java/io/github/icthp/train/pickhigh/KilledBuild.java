package io.github.icthp.train.pickhigh;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** A build in a process of its own, to be killed: source, folder. */
final class KilledBuild {

    private KilledBuild() {}

    public static void main(String[] args) throws IOException {
        PickHighBuild.of(Path.of(args[0]), Path.of(args[1]))
                .extension(
                        (prompts, seeds) -> prompts.stream().map(p -> p + ", 4k").toList(), "test")
                .languageModel(new Planned(2))
                .renderer(Planned.renderer())
                .requests(2, 0, 3, Duration.ofMillis(1))
                .partSize(3)
                .listener(
                        (step, rows, total) -> {
                            System.out.println(step + " " + rows);
                            System.out.flush();
                        })
                .run();
    }
}
