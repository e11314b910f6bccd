package io.github.icthp.diffusion.spark;

import org.apache.spark.SparkConf;
import org.apache.spark.launcher.JavaModuleOptions;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Spark's standalone master and workers of one core, as processes of their own on loopback. */
final class LoopbackCluster implements AutoCloseable {

    private static final long PATIENCE = TimeUnit.MINUTES.toMillis(4);

    private final List<Process> processes = new ArrayList<>();
    private final Path folder;
    private final String memory;
    private String address = "";

    private LoopbackCluster(Path folder, String memory) {
        this.folder = folder;
        this.memory = memory;
    }

    /**
     * Starts a cluster.
     *
     * @param folder for logs and scratch files
     * @param workers how many workers, each of which has one executor
     * @param memory the heap of an executor, such as {@code 512m}
     */
    static LoopbackCluster start(Path folder, int workers, String memory) throws Exception {
        LoopbackCluster cluster = new LoopbackCluster(folder, memory);
        try {
            cluster.start(workers);
            return cluster;
        } catch (Exception e) {
            cluster.close();
            throw e;
        }
    }

    private void start(int workers) throws Exception {
        // Executors would look for Spark's jars there; they have the tests' class path.
        Files.createDirectories(folder.resolve("home/jars"));
        address =
                await(
                        launch("master", "master.Master", List.of()),
                        "master",
                        "Starting Spark master at (spark://[\\w.:]+)");
        List<Process> launched = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
            List<String> options =
                    List.of("--cores", "1", "--memory", "4g", "--work-dir", work(i), address);
            launched.add(launch("worker-" + i, "worker.Worker", options));
        }
        for (int i = 0; i < workers; i++) {
            await(launched.get(i), "worker-" + i, "(Successfully registered) with master");
        }
    }

    private String work(int worker) {
        return folder.resolve("work-" + worker).toString();
    }

    /** Settings of an application with some executors, each on one worker. */
    SparkConf application(int executors) {
        return conf(folder)
                .setMaster(address)
                .set("spark.cores.max", Integer.toString(executors))
                .set("spark.executor.cores", "1")
                .set("spark.executor.memory", memory)
                .set("spark.executor.extraClassPath", classPath())
                .set(
                        "spark.executor.extraJavaOptions",
                        "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dai.djl.offline=true")
                .set("spark.scheduler.minRegisteredResourcesRatio", "1")
                .set("spark.scheduler.maxRegisteredResourcesWaitingTime", "120s");
    }

    /** Settings of any application on this machine, without a web page. */
    static SparkConf conf(Path folder) {
        return new SparkConf()
                .setAppName("test")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.local.dir", folder.resolve("local").toString());
    }

    private Process launch(String name, String type, List<String> more) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
        command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=info");
        command.addAll(List.of("-cp", classPath(), "org.apache.spark.deploy." + type));
        command.addAll(List.of("--host", "127.0.0.1", "--port", "0", "--webui-port", "0"));
        command.addAll(more);
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

    private String await(Process process, String name, String wanted) throws Exception {
        Pattern pattern = Pattern.compile(wanted);
        long end = System.currentTimeMillis() + PATIENCE;
        while (true) {
            String log = Files.readString(log(name));
            Matcher found = pattern.matcher(log);
            if (found.find()) {
                return found.group(1);
            }
            if (!process.isAlive() || System.currentTimeMillis() > end) {
                throw new IllegalStateException(name + " did not start:\n" + log);
            }
            Thread.sleep(50);
        }
    }

    private static String classPath() {
        Stream<String> own = Stream.of(System.getProperty("java.class.path"));
        if (Thread.currentThread().getContextClassLoader() instanceof URLClassLoader loader) {
            own = Stream.concat(Stream.of(loader.getURLs()).map(URL::getPath), own);
        }
        return own.collect(Collectors.joining(File.pathSeparator));
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
