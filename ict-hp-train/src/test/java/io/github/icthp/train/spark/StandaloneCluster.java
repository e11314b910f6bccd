package io.github.icthp.train.spark;

import org.apache.spark.launcher.JavaModuleOptions;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Spark's standalone master and workers of one core each, as processes on the loopback address. */
final class StandaloneCluster implements AutoCloseable {

    private static final Pattern ADDRESS =
            Pattern.compile("Starting Spark master at (spark://[\\w.:]+)");
    private static final long PATIENCE_MILLIS = TimeUnit.MINUTES.toMillis(3);

    private final List<Process> processes = new ArrayList<>();
    private final Path folder;
    private final String address;

    private StandaloneCluster(Path folder, int workers) throws IOException, InterruptedException {
        this.folder = folder;
        // Where executors would look for Spark's own jars; theirs are on the class path.
        Files.createDirectories(folder.resolve("home/jars"));
        try {
            Process master =
                    start("master", "org.apache.spark.deploy.master.Master", "--webui-port", "0");
            this.address = await(master, "master", ADDRESS);
            for (int worker = 0; worker < workers; worker++) {
                String name = "worker-" + worker;
                Process started =
                        start(
                                name,
                                "org.apache.spark.deploy.worker.Worker",
                                "--webui-port",
                                "0",
                                "--cores",
                                "1",
                                "--memory",
                                "1g",
                                "--work-dir",
                                folder.resolve(name).toString(),
                                address);
                await(started, name, Pattern.compile("(Successfully registered) with master"));
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            close();
            throw e;
        }
    }

    static StandaloneCluster start(Path folder, int workers)
            throws IOException, InterruptedException {
        return new StandaloneCluster(folder, workers);
    }

    String address() {
        return address;
    }

    private Process start(String name, String type, String... more) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
        command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=info");
        command.addAll(List.of("-cp", classPath(), type, "--host", "127.0.0.1", "--port", "0"));
        command.addAll(List.of(more));
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log(name).toFile());
        builder.environment().put("SPARK_HOME", folder.resolve("home").toString());
        builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        builder.environment().put("SPARK_SCALA_VERSION", "2.13");
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    private Path log(String name) {
        return folder.resolve(name + ".log");
    }

    private String await(Process process, String name, Pattern wanted)
            throws IOException, InterruptedException {
        long end = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (true) {
            String log = Files.readString(log(name), StandardCharsets.UTF_8);
            Matcher found = wanted.matcher(log);
            if (found.find()) {
                return found.group(1);
            }
            if (!process.isAlive() || System.currentTimeMillis() > end) {
                throw new IllegalStateException(name + " did not start:\n" + log);
            }
            Thread.sleep(100);
        }
    }

    /** What the tests see, for processes of their own. */
    static String classPath() {
        Stream<String> own = Stream.of(System.getProperty("java.class.path"));
        if (Thread.currentThread().getContextClassLoader() instanceof URLClassLoader loader) {
            own = Stream.concat(Stream.of(loader.getURLs()).map(StandaloneCluster::file), own);
        }
        return own.collect(Collectors.joining(File.pathSeparator));
    }

    private static String file(URL url) {
        try {
            return Path.of(url.toURI()).toString();
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Ends the workers with their executors, and the master. */
    @Override
    public void close() {
        for (Process process : processes) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        for (Process process : processes) {
            try {
                process.waitFor(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
