package io.github.icthp.training;

import io.github.icthp.files.FolderFiles;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * A run's metrics as TensorBoard reads them: records of TensorFlow's {@code Event} message, each
 * framed by its length and masked CRC-32C (tensorflow/core/lib/io/record_writer.cc and
 * core/util/event.proto).
 *
 * <p>Scalars are named {@code phase/name}. Every file begins with a session start, at which
 * TensorBoard drops what an earlier, killed process had written beyond the step that was resumed.
 */
final class EventFile implements MetricsSink {

    /** Fields of Event. */
    private static final int WALL_TIME = 1;

    private static final int STEP = 2;
    private static final int FILE_VERSION = 3;
    private static final int SUMMARY = 5;
    private static final int SESSION_LOG = 7;

    /** Fields of Summary, Summary.Value, Summary.Image and SessionLog. */
    private static final int VALUE = 1;

    private static final int TAG = 1;
    private static final int SIMPLE_VALUE = 2;
    private static final int IMAGE = 4;
    private static final int ENCODED_IMAGE = 4;
    private static final int STATUS = 1;
    private static final int START = 1;

    private static final int MASK_DELTA = 0xA282EAD8;

    private final Path file;
    private final Clock clock;
    private final OutputStream out;

    /**
     * Begins a new event file.
     *
     * @param folder the folder that TensorBoard is given; made if it is not there
     * @param step steps made so far
     * @throws UncheckedIOException if it cannot be written
     */
    public EventFile(Path folder, long step) {
        this(folder, step, Clock.systemUTC());
    }

    EventFile(Path folder, long step, Clock clock) {
        this.clock = clock;
        this.file =
                folder.resolve(
                        String.format(
                                Locale.ROOT, "events.out.tfevents.%d.ict-hp", clock.millis()));
        try {
            FolderFiles.make(folder);
            out = Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw failed(e);
        }
        record(event().text(FILE_VERSION, "brain.Event:2"));
        record(event(step).message(SESSION_LOG, new ProtoBuffer().number(STATUS, START)));
    }

    @Override
    public void write(Metrics metrics) {
        ProtoBuffer summary = new ProtoBuffer();
        for (Map.Entry<String, Double> entry : metrics.values().entrySet()) {
            summary.message(
                    VALUE,
                    new ProtoBuffer()
                            .text(TAG, metrics.phase() + "/" + entry.getKey())
                            .real32(SIMPLE_VALUE, entry.getValue().floatValue()));
        }
        record(event(metrics.step()).message(SUMMARY, summary));
    }

    /**
     * Writes a picture.
     *
     * @param step steps made when it was made
     * @param tag its name
     * @param png the picture as a PNG file
     * @throws UncheckedIOException if it cannot be written
     */
    public void image(long step, String tag, byte[] png) {
        ProtoBuffer image = new ProtoBuffer().bytes(ENCODED_IMAGE, png);
        ProtoBuffer value = new ProtoBuffer().text(TAG, tag).message(IMAGE, image);
        record(event(step).message(SUMMARY, new ProtoBuffer().message(VALUE, value)));
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private ProtoBuffer event() {
        return new ProtoBuffer().real64(WALL_TIME, clock.millis() / 1000.0);
    }

    private ProtoBuffer event(long step) {
        return event().number(STEP, step);
    }

    private void record(ProtoBuffer event) {
        byte[] data = event.toByteArray();
        ByteBuffer frame =
                ByteBuffer.allocate(Long.BYTES + Integer.BYTES + data.length + Integer.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
        frame.putLong(data.length);
        frame.putInt(masked(frame.array(), Long.BYTES));
        frame.put(data);
        frame.putInt(masked(data, data.length));
        try {
            out.write(frame.array());
            out.flush();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static int masked(byte[] data, int length) {
        CRC32C crc = new CRC32C();
        crc.update(data, 0, length);
        int value = (int) crc.getValue();
        return Integer.rotateRight(value, 15) + MASK_DELTA;
    }

    private UncheckedIOException failed(IOException e) {
        return new UncheckedIOException(
                "the TensorBoard events could not be written to "
                        + file
                        + " ("
                        + e.getMessage()
                        + ")",
                e);
    }
}
