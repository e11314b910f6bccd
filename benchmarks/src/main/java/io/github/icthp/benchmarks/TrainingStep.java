package io.github.icthp.benchmarks;

import com.google.gson.Gson;

import io.github.icthp.Precision;
import io.github.icthp.train.Checkpointing;
import io.github.icthp.train.HpConfig;
import io.github.icthp.train.IctConfig;
import io.github.icthp.train.RewardTrainer;
import io.github.icthp.train.Trainers;
import io.github.icthp.train.TripletInputs;
import io.github.icthp.train.data.IctTargets;
import io.github.icthp.training.Gradients;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;

/**
 * Times whole training steps of ICT or HP on random pixels and prompts: forward passes of three
 * images and two prompts a triplet, loss, backward pass, clipping and AdamW. Prints one line of
 * JSON: seconds and processor seconds per step (medians, first step dropped), losses, peak resident
 * memory.
 *
 * <p>A main class and not a JMH benchmark, because peak memory belongs to a process, and so that a
 * script can alternate it with other programs' steps.
 */
public final class TrainingStep {

    private static final int SIDE = 224;
    private static final int CONTEXT = 77;
    private static final int START = 49_406;
    private static final int END = 49_407;
    private static final int WORDS = 19;
    private static final int LARGEST_WORD = 40_000;

    private TrainingStep() {}

    /**
     * Runs the benchmark.
     *
     * @param arguments {@code WEIGHTS_FOLDER ict|hp fp32|bf16 none|layer BATCH STEPS}
     * @throws IOException if the peak memory cannot be read
     */
    public static void main(String[] arguments) throws IOException {
        boolean ict = arguments[1].equals("ict");
        Precision precision = Precision.valueOf(arguments[2].toUpperCase(Locale.ROOT));
        Checkpointing checkpointing = Checkpointing.valueOf(arguments[3].toUpperCase(Locale.ROOT));
        int batch = Integer.parseInt(arguments[4]);
        int steps = Integer.parseInt(arguments[5]);
        Path base = Path.of(arguments[0], "base");
        List<Double> seconds = new ArrayList<>();
        List<Double> cpuSeconds = new ArrayList<>();
        List<Double> losses = new ArrayList<>();
        TripletInputs inputs = random(batch);
        try (RewardTrainer trainer = trainer(ict, base, precision, checkpointing);
                Gradients gradients = new Gradients(trainer.device())) {
            for (int i = 0; i < steps; i++) {
                long start = System.nanoTime();
                double cpuStart = cpuSeconds();
                losses.add(trainer.gradients(List.of(inputs), gradients).get("total"));
                trainer.apply(gradients);
                gradients.clear();
                seconds.add((System.nanoTime() - start) / 1e9);
                cpuSeconds.add(cpuSeconds() - cpuStart);
            }
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("settings", String.join(" ", arguments));
        result.put("s_per_step", medianOfLater(seconds));
        result.put("cpu_s_per_step", medianOfLater(cpuSeconds));
        result.put("losses", losses);
        result.put("peak_rss_mib", peakMib());
        System.out.println(new Gson().toJson(result));
    }

    private static RewardTrainer trainer(
            boolean ict, Path base, Precision precision, Checkpointing checkpointing) {
        return ict
                ? Trainers.ict()
                        .base(base)
                        .precision(precision)
                        .checkpointing(checkpointing)
                        .config(IctConfig.paper())
                        .build()
                : Trainers.hp()
                        .base(base)
                        .precision(precision)
                        .checkpointing(checkpointing)
                        .config(HpConfig.paper())
                        .build();
    }

    private static TripletInputs random(int batch) {
        Random random = new Random(0);
        FloatBuffer pixels =
                ByteBuffer.allocateDirect(9 * batch * SIDE * SIDE * Float.BYTES)
                        .order(ByteOrder.nativeOrder())
                        .asFloatBuffer();
        while (pixels.hasRemaining()) {
            pixels.put((float) random.nextGaussian());
        }
        return new TripletInputs(
                pixels.flip(),
                SIDE,
                prompts(batch, random),
                prompts(batch, random),
                Collections.nCopies(batch, new IctTargets(0.8, 0.95, 0.72, 0.855)),
                LongStream.range(0, batch).boxed().toList());
    }

    private static List<long[]> prompts(int batch, Random random) {
        List<long[]> prompts = new ArrayList<>();
        for (int b = 0; b < batch; b++) {
            long[] ids = new long[CONTEXT];
            Arrays.fill(ids, END);
            ids[0] = START;
            for (int i = 1; i <= WORDS; i++) {
                ids[i] = random.nextInt(LARGEST_WORD);
            }
            prompts.add(ids);
        }
        return prompts;
    }

    private static double medianOfLater(List<Double> values) {
        return values.stream()
                .skip(1)
                .sorted()
                .skip((values.size() - 1) / 2)
                .findFirst()
                .orElse(values.get(0));
    }

    /** Time that all threads of this process have computed: steadier than a clock under load. */
    private static double cpuSeconds() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos()
                / 1e9;
    }

    private static long peakMib() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElse(-1);
    }
}
