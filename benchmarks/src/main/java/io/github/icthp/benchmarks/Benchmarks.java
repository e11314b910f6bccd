package io.github.icthp.benchmarks;

import ai.djl.Device;

import io.github.icthp.torch.Torch;

import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

import java.io.IOException;

/** Runs the JMH benchmarks, with JMH's own options, and leaves out what the machine lacks. */
public final class Benchmarks {

    private Benchmarks() {}

    /**
     * Runs benchmarks.
     *
     * @param args JMH's arguments; {@code -h} lists them
     * @throws IOException if help or a result cannot be written
     * @throws RunnerException if a benchmark cannot be run
     * @throws CommandLineOptionException if the arguments are wrong
     */
    public static void main(String[] args)
            throws IOException, RunnerException, CommandLineOptionException {
        CommandLineOptions options = new CommandLineOptions(args);
        if (options.shouldHelp()) {
            options.showHelp();
            return;
        }
        ChainedOptionsBuilder chosen = new OptionsBuilder().parent(options);
        if (!options.getParameter("device").hasValue()) {
            chosen.param("device", devices());
        }
        if (!options.getParameter("precision").hasValue()) {
            chosen.param("precision", precisions());
        }
        Runner runner = new Runner(chosen.build());
        if (options.shouldList()) {
            runner.list();
        } else {
            runner.run();
        }
    }

    private static String[] devices() {
        if (Torch.engine().getGpuCount() > 0) {
            return new String[] {"cpu", "gpu"};
        }
        System.out.println("# no GPU here: device=gpu is skipped");
        return new String[] {"cpu"};
    }

    private static String[] precisions() {
        if (Torch.fastBfloat16(Device.cpu()) || Torch.engine().getGpuCount() > 0) {
            return new String[] {"FP32", "BF16"};
        }
        System.out.println("# no bfloat16 in hardware here: precision=BF16 is skipped");
        return new String[] {"FP32"};
    }
}
