package io.github.icthp.train.spark;

import io.github.icthp.testing.StandaloneCluster;

import org.apache.spark.sql.SparkSession;

import java.nio.file.Path;
import java.util.Map;

/** Sessions on this machine's loopback, without a web page. */
final class Sessions {

    private Sessions() {}

    static SparkSession.Builder on(String master, Path scratch) {
        return with(StandaloneCluster.onThisMachine(scratch), scratch).master(master);
    }

    /** A session on executors of one core each, which compute with some threads. */
    static SparkSession.Builder on(
            StandaloneCluster cluster, Path scratch, int executors, int threads, String options) {
        return with(cluster.application(executors, "600m", options), scratch)
                .config("spark.executorEnv.OMP_NUM_THREADS", String.valueOf(threads));
    }

    private static SparkSession.Builder with(Map<String, String> settings, Path scratch) {
        SparkSession.Builder builder = SparkSession.builder();
        settings.forEach(builder::config);
        return builder.config("spark.sql.shuffle.partitions", "3")
                .config("spark.sql.warehouse.dir", scratch.resolve("warehouse").toString());
    }
}
