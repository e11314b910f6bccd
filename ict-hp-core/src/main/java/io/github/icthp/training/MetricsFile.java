package io.github.icthp.training;

import io.github.icthp.files.DurableFiles;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/**
 * A run's metrics as lines of JSON: {@code step}, {@code phase}, {@code time} in seconds since
 * 1970, then the values. Numbers that are not finite are strings.
 */
public final class MetricsFile implements MetricsSink {

    private final Path file;
    private final Clock clock;
    private final Writer writer;

    /**
     * Opens the file to add to it.
     *
     * @param file the file; made if it is not there
     * @param step steps made so far: later lines, which a killed run wrote after its last
     *     checkpoint, are removed because they are going to be written again
     * @throws UncheckedIOException if it cannot be written
     */
    public MetricsFile(Path file, long step) {
        this(file, step, Clock.systemUTC());
    }

    MetricsFile(Path file, long step, Clock clock) {
        this.file = file;
        this.clock = clock;
        try {
            if (Files.exists(file)) {
                DurableFiles.write(file, upTo(step));
            }
            writer =
                    Files.newBufferedWriter(
                            file,
                            StandardCharsets.UTF_8,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /**
     * Reads all metrics of a file, for curves.
     *
     * @param file a metrics file; an unfinished last line is passed over
     * @return the metrics in order
     * @throws UncheckedIOException if it cannot be read
     */
    public static List<Metrics> read(Path file) {
        List<Metrics> all = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(file)) {
                MetricsLine.parse(line).ifPresent(all::add);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the metrics file " + file, e);
        }
        return all;
    }

    @Override
    public void write(Metrics metrics) {
        try {
            writer.write(MetricsLine.format(metrics, clock.millis() / 1000.0));
            writer.write('\n');
            writer.flush();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public void close() {
        try {
            writer.close();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private String upTo(long step) throws IOException {
        StringBuilder kept = new StringBuilder();
        for (String line : Files.readAllLines(file)) {
            if (MetricsLine.parse(line).filter(metrics -> metrics.step() <= step).isPresent()) {
                kept.append(line).append('\n');
            }
        }
        return kept.toString();
    }

    private UncheckedIOException failed(IOException e) {
        return new UncheckedIOException(
                "the metrics could not be written to " + file + " (" + e.getMessage() + ")", e);
    }
}
