package io.github.icthp.train.spark;

import org.apache.spark.sql.SparkSession;

import java.nio.file.Path;

/** Sessions on this machine's loopback, without a web page. */
final class Sessions {

    private Sessions() {}

    static SparkSession.Builder on(String master, Path scratch) {
        return SparkSession.builder()
                .master(master)
                .appName("test")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", "3")
                .config("spark.local.dir", scratch.resolve("local").toString())
                .config("spark.sql.warehouse.dir", scratch.resolve("warehouse").toString());
    }
}
