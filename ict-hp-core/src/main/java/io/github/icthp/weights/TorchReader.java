package io.github.icthp.weights;

import io.github.icthp.weights.pickle.PickleFormatException;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Map;

/** Opens a PyTorch checkpoint of either format, told by its first bytes. */
final class TorchReader {

    /** The longest pickle that is read; real ones describe a thousand tensors in 200 kB. */
    static final int MAX_PICKLE = 1 << 25;

    private static final String ZIP = "PK";
    private static final char PICKLE = 0x80;

    private TorchReader() {}

    static Weights open(Path file) {
        return WeightsFiles.withChannel(
                file,
                channel -> {
                    try {
                        TorchContent content = content(channel);
                        Map<String, StoredTensor> tensors = TorchState.tensors(content, file);
                        return new StoredWeights(channel, file.toString(), tensors, Map.of());
                    } catch (PickleFormatException | DamagedDataException | EOFException e) {
                        throw new WeightsFormatException(
                                file
                                        + " is no PyTorch checkpoint that can be read: "
                                        + e.getMessage()
                                        + ". Fetch it again, or save its state_dict as safetensors",
                                e);
                    }
                });
    }

    private static TorchContent content(FileChannel channel) throws IOException {
        String text = WeightsFiles.beginning(channel);
        if (text.startsWith(ZIP)) {
            return TorchZip.read(channel);
        }
        if (!text.isEmpty() && text.charAt(0) == PICKLE) {
            return TorchLegacy.read(channel);
        }
        if (text.length() > Long.BYTES && text.charAt(Long.BYTES) == '{') {
            throw new DamagedDataException(
                    "it begins as safetensors do: name it .safetensors if it is one");
        }
        throw new DamagedDataException(
                text.isEmpty() ? "it is empty" : "it is neither a zip archive nor a pickle");
    }
}
