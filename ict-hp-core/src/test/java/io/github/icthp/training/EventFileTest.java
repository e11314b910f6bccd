package io.github.icthp.training;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

class EventFileTest {

    private static final Clock CLOCK =
            Clock.fixed(Instant.ofEpochMilli(1_500_000_000_000L), ZoneOffset.UTC);

    @TempDir Path temp;

    @Test
    void writesRecordsThatTensorBoardReads() throws IOException {
        try (EventFile events = new EventFile(temp, 2, CLOCK)) {
            events.write(new Metrics(3, Metrics.TRAIN, Map.of("loss", 0.5)));
            events.image(3, "grid", new byte[] {1, 2});
        }
        List<byte[]> records = records();
        String time = "09" + hex(doubleBytes(1.5e9));
        assertThat(records)
                .extracting(EventFileTest::hex)
                .containsExactly(
                        time + "1a0d" + hex("brain.Event:2"),
                        time + "1002" + "3a02" + "0801",
                        time + "1003" + "2a13" + "0a11" + "0a0a" + hex("train/loss") + "150000003f",
                        time
                                + "1003"
                                + "2a0e"
                                + "0a0c"
                                + "0a04"
                                + hex("grid")
                                + "2204"
                                + "22020102");
    }

    /** Every event file that TensorFlow writes begins with these bytes. */
    @Test
    void beginsAsTensorFlowsFilesDo() throws IOException {
        new EventFile(temp, 0, CLOCK).close();
        byte[] file = Files.readAllBytes(onlyFile());
        assertThat(hex(file)).startsWith("1800000000000000" + "a37f4b22" + "09");
    }

    private Path onlyFile() throws IOException {
        try (Stream<Path> files = Files.list(temp)) {
            return files.toList().get(0);
        }
    }

    /** Splits the file, checking every length and checksum by a CRC-32C written out bit by bit. */
    private List<byte[]> records() throws IOException {
        ByteBuffer file =
                ByteBuffer.wrap(Files.readAllBytes(onlyFile())).order(ByteOrder.LITTLE_ENDIAN);
        List<byte[]> records = new ArrayList<>();
        while (file.hasRemaining()) {
            byte[] length = new byte[8];
            file.get(length);
            assertThat(file.getInt()).isEqualTo(masked(length));
            byte[] data =
                    new byte
                            [(int)
                                    ByteBuffer.wrap(length)
                                            .order(ByteOrder.LITTLE_ENDIAN)
                                            .getLong()];
            file.get(data);
            assertThat(file.getInt()).isEqualTo(masked(data));
            records.add(data);
        }
        return records;
    }

    private static int masked(byte[] data) {
        int crc = -1;
        for (byte b : data) {
            crc ^= b & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc >>> 1) ^ ((crc & 1) == 0 ? 0 : 0x82F63B78);
            }
        }
        return Integer.rotateRight(~crc, 15) + 0xA282EAD8;
    }

    private static byte[] doubleBytes(double value) {
        return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(value).array();
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static String hex(String text) {
        return hex(text.getBytes(StandardCharsets.UTF_8));
    }
}
