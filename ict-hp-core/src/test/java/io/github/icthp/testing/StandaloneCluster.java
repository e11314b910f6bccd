package io.github.icthp.testing;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Spark's standalone master and workers of one core each, as processes of their own on the loopback
 * address. It names none of Spark's classes but as texts: they come from the tests' class path.
 */
public final class StandaloneCluster implements AutoCloseable {

    private static final String LOOPBACK = "127.0.0.1";
    private static final Pattern ADDRESS =
            Pattern.compile("Starting Spark master at (spark://[\\w.:]+)");
    private static final Pattern REGISTERED =
            Pattern.compile("(Successfully registered) with master");
    private static final long PATIENCE_MILLIS = TimeUnit.MINUTES.toMillis(4);

    private final List<Process> processes = new ArrayList<>();
    private final Path folder;
    private String address = "";

    private StandaloneCluster(Path folder) {
        this.folder = folder;
    }

    /**
     * Starts a cluster.
     *
     * @param folder for logs and scratch files
     * @param workers how many workers of one core
     * @return the cluster, when every worker has registered
     * @throws IOException if a process cannot be started
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public static StandaloneCluster start(Path folder, int workers)
            throws IOException, InterruptedException {
        StandaloneCluster cluster = new StandaloneCluster(folder);
        try {
            cluster.start(workers);
            return cluster;
        } catch (IOException | InterruptedException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private void start(int workers) throws IOException, InterruptedException {
        // Where executors would look for Spark's own jars; theirs are on the class path.
        Files.createDirectories(folder.resolve("home/jars"));
        address = await(launch("master", "master.Master"), "master", ADDRESS);
        List<Process> launched = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
            String work = folder.resolve("work-" + i).toString();
            launched.add(
                    launch(
                            "worker-" + i,
                            "worker.Worker",
                            "--cores",
                            "1",
                            "--memory",
                            "4g",
                            "--work-dir",
                            work,
                            address));
        }
        for (int i = 0; i < workers; i++) {
            await(launched.get(i), "worker-" + i, REGISTERED);
        }
    }

    /**
     * Returns settings of an application on this cluster.
     *
     * @param executors how many executors, each of one core on a worker of its own; it starts when
     *     all are there
     * @param memory the heap of an executor, such as {@code 512m}
     * @param options of an executor's JVM beside those of all
     * @return Spark's settings by name
     */
    public Map<String, String> application(int executors, String memory, String options) {
        Map<String, String> settings = onThisMachine(folder);
        settings.put("spark.master", address);
        settings.put("spark.cores.max", Integer.toString(executors));
        settings.put("spark.executor.cores", "1");
        settings.put("spark.executor.memory", memory);
        settings.put("spark.executor.extraClassPath", classPath());
        settings.put(
                "spark.executor.extraJavaOptions",
                "-XX:+UseSerialGC -Dai.djl.offline=true -Djava.awt.headless=true " + options);
        settings.put("spark.executorEnv.OPT_OUT_TRACKING", "true");
        settings.put("spark.executorEnv.DJL_OFFLINE", "true");
        settings.put("spark.scheduler.minRegisteredResourcesRatio", "1");
        settings.put("spark.scheduler.maxRegisteredResourcesWaitingTime", "180s");
        return settings;
    }

    /**
     * Returns settings of any application on this machine's loopback, without a web page.
     *
     * @param folder for scratch files
     * @return Spark's settings by name, which may be added to
     */
    public static Map<String, String> onThisMachine(Path folder) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("spark.app.name", "test");
        settings.put("spark.ui.enabled", "false");
        settings.put("spark.driver.host", LOOPBACK);
        settings.put("spark.driver.bindAddress", LOOPBACK);
        settings.put("spark.local.dir", folder.resolve("local").toString());
        return settings;
    }

    private Process launch(String name, String type, String... more) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // What Spark needs of the JDK is opened for the tests themselves.
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add-opens"))
                .forEach(command::add);
        command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=info");
        command.addAll(List.of("-cp", classPath(), "org.apache.spark.deploy." + type));
        command.addAll(List.of("--host", LOOPBACK, "--port", "0", "--webui-port", "0"));
        command.addAll(List.of(more));
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log(name).toFile());
        builder.environment().put("SPARK_HOME", folder.resolve("home").toString());
        builder.environment().put("SPARK_LOCAL_IP", LOOPBACK);
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
            Thread.sleep(50);
        }
    }

    /** What the tests see, for processes of their own. */
    private static String classPath() {
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

    /** Ends master, workers and executors, each by its process. */
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
