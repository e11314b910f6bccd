package io.github.icthp.weights;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;

import java.io.IOException;
import java.io.StringReader;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The JSON header of a safetensors file: for each tensor its type, shape and the range of its
 * bytes.
 *
 * <p>The ranges must cover the file's data exactly, without overlap, hole or rest; each must have
 * the size that type and shape give. Names may not repeat. The source is the format's description
 * and its reference reader, safetensors 0.8.
 *
 * @param entries the tensors by name, in the header's order
 * @param dataStart the file's first byte behind the header
 * @param metadata the free text under {@code __metadata__}
 */
record SafetensorsHeader(Map<String, Entry> entries, long dataStart, Map<String, String> metadata) {

    static final String METADATA = "__metadata__";

    private static final Pattern NATURAL = Pattern.compile("0|[1-9][0-9]*");

    /** A tensor's entry; the range counts from the first byte behind the header. */
    record Entry(TensorInfo info, long begin, long end) {}

    /**
     * Reads a header.
     *
     * @param json the header's text
     * @param dataStart where the values begin in the file
     * @param fileSize the file's size
     */
    static SafetensorsHeader parse(String json, long dataStart, long fileSize) throws IOException {
        JsonReader reader = new JsonReader(new StringReader(json));
        reader.setStrictness(Strictness.STRICT);
        Map<String, Entry> entries = new LinkedHashMap<>();
        Map<String, String> metadata = null;
        expect(reader, JsonToken.BEGIN_OBJECT, "the header");
        reader.beginObject();
        while (reader.hasNext()) {
            String name = reader.nextName();
            if (name.equals(METADATA)) {
                require(metadata == null, METADATA + " is there twice");
                metadata = readMetadata(reader);
            } else {
                Entry entry = readEntry(reader, name);
                require(entries.put(name, entry) == null, "tensor '" + name + "' is there twice");
            }
        }
        reader.endObject();
        expect(reader, JsonToken.END_DOCUMENT, "the end of the header");
        checkRanges(entries, fileSize - dataStart);
        return new SafetensorsHeader(entries, dataStart, metadata == null ? Map.of() : metadata);
    }

    /** Returns the tensors of an open file. */
    Map<String, StoredTensor> tensors(FileChannel channel) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        entries.forEach(
                (name, entry) -> {
                    TensorInfo info = entry.info();
                    FileRange range =
                            new FileRange(channel, dataStart + entry.begin(), info.bytes());
                    tensors.put(name, new StoredTensor.Contiguous(info, range, 0));
                });
        return tensors;
    }

    private static Map<String, String> readMetadata(JsonReader reader) throws IOException {
        Map<String, String> metadata = new LinkedHashMap<>();
        expect(reader, JsonToken.BEGIN_OBJECT, METADATA);
        reader.beginObject();
        while (reader.hasNext()) {
            String key = reader.nextName();
            String value = readString(reader, METADATA + " '" + key + "'");
            require(metadata.put(key, value) == null, METADATA + " '" + key + "' is there twice");
        }
        reader.endObject();
        return metadata;
    }

    private static Entry readEntry(JsonReader reader, String name) throws IOException {
        String type = null;
        List<Long> shape = null;
        List<Long> range = null;
        expect(reader, JsonToken.BEGIN_OBJECT, "tensor '" + name + "'");
        reader.beginObject();
        while (reader.hasNext()) {
            String field = reader.nextName();
            String what = field + " of tensor '" + name + "'";
            switch (field) {
                case "dtype" -> {
                    require(type == null, what + " is there twice");
                    type = readString(reader, what);
                }
                case "shape" -> {
                    require(shape == null, what + " is there twice");
                    shape = readNumbers(reader, what);
                }
                case "data_offsets" -> {
                    require(range == null, what + " is there twice");
                    range = readNumbers(reader, what);
                }
                default -> throw new DamagedDataException("unknown field " + what);
            }
        }
        reader.endObject();
        if (type == null || shape == null || range == null) {
            throw new DamagedDataException(
                    "tensor '" + name + "' needs dtype, shape and data_offsets");
        }
        require(range.size() == 2, "data_offsets of tensor '" + name + "' must be two: " + range);
        return entry(name, type, shape, range);
    }

    private static Entry entry(String name, String type, List<Long> shape, List<Long> range)
            throws IOException {
        ElementType known =
                ElementType.byName(type)
                        .orElseThrow(
                                () ->
                                        new DamagedDataException(
                                                "tensor '" + name + "' has unknown dtype " + type));
        TensorInfo info =
                TensorInfo.of(name, known, shape.stream().mapToLong(Long::longValue).toArray());
        Entry entry = new Entry(info, range.get(0), range.get(1));
        require(
                entry.begin() <= entry.end() && entry.end() - entry.begin() == info.bytes(),
                info + " needs " + info.bytes() + " bytes, its data_offsets are " + range);
        return entry;
    }

    /** Checks that the tensors follow each other and fill the data. */
    private static void checkRanges(Map<String, Entry> entries, long dataSize) throws IOException {
        List<Entry> sorted = new ArrayList<>(entries.values());
        sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long end = 0;
        for (Entry entry : sorted) {
            require(
                    entry.begin() == end,
                    entry.info()
                            + " begins at byte "
                            + entry.begin()
                            + ", but the tensor before it ends at "
                            + end);
            end = entry.end();
        }
        require(end == dataSize, "tensors of " + end + " bytes, but " + dataSize + " in the file");
    }

    private static String readString(JsonReader reader, String what) throws IOException {
        expect(reader, JsonToken.STRING, what);
        return reader.nextString();
    }

    private static List<Long> readNumbers(JsonReader reader, String what) throws IOException {
        List<Long> numbers = new ArrayList<>();
        expect(reader, JsonToken.BEGIN_ARRAY, what);
        reader.beginArray();
        while (reader.hasNext()) {
            expect(reader, JsonToken.NUMBER, what);
            String text = reader.nextString();
            require(
                    NATURAL.matcher(text).matches() && text.length() < 20,
                    what + " must hold natural numbers, not " + text);
            try {
                numbers.add(Long.parseLong(text));
            } catch (NumberFormatException e) {
                throw new DamagedDataException(what + " is too large: " + text, e);
            }
        }
        reader.endArray();
        return numbers;
    }

    private static void expect(JsonReader reader, JsonToken token, String what) throws IOException {
        JsonToken found = reader.peek();
        require(found == token, what + " must be " + token + ", not " + found);
    }

    private static void require(boolean condition, String message) throws IOException {
        if (!condition) {
            throw new DamagedDataException(message);
        }
    }
}
