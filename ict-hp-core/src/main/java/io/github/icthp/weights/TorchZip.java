package io.github.icthp.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * PyTorch's files since 1.6: a zip archive with {@code NAME/data.pkl}, the storages as {@code
 * NAME/data/KEY}, and since 2.0 {@code NAME/byteorder}.
 */
final class TorchZip {

    private static final String PICKLE = "data.pkl";

    private TorchZip() {}

    static TorchContent read(FileChannel channel) throws IOException {
        Map<String, ZipMember> members = ZipArchive.read(channel);
        List<String> pickles =
                members.keySet().stream().filter(name -> name.endsWith("/" + PICKLE)).toList();
        if (pickles.size() != 1) {
            throw new DamagedDataException(
                    "one member NAME/" + PICKLE + " expected in the archive, found " + pickles);
        }
        String root = pickles.get(0).substring(0, pickles.get(0).length() - PICKLE.length());
        ByteBuffer pickle = small(members, root + PICKLE);
        return new TorchContent(
                TorchPickle.reader().load(pickle),
                key -> member(members, root + "data/" + key),
                byteOrder(members, root + "byteorder"));
    }

    private static ByteOrder byteOrder(Map<String, ZipMember> members, String name)
            throws IOException {
        if (!members.containsKey(name)) {
            return ByteOrder.LITTLE_ENDIAN;
        }
        String order = StandardCharsets.US_ASCII.decode(small(members, name)).toString();
        return switch (order) {
            case "little" -> ByteOrder.LITTLE_ENDIAN;
            case "big" -> ByteOrder.BIG_ENDIAN;
            default -> throw new DamagedDataException("'little' or 'big' expected in " + name);
        };
    }

    private static ByteBuffer small(Map<String, ZipMember> members, String name)
            throws IOException {
        ZipMember member = member(members, name);
        if (member.size() > TorchReader.MAX_PICKLE) {
            throw new DamagedDataException(
                    name
                            + " has "
                            + member.size()
                            + " bytes, at most "
                            + TorchReader.MAX_PICKLE
                            + " are read");
        }
        return member.unpack();
    }

    private static ZipMember member(Map<String, ZipMember> members, String name)
            throws DamagedDataException {
        ZipMember member = members.get(name);
        if (member == null) {
            throw new DamagedDataException("the archive has no member '" + name + "'");
        }
        return member;
    }
}
