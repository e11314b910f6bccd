package io.github.icthp.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Tensors put one behind the other along the first dimension.
 *
 * @param info name, type and shape of the whole
 * @param parts the tensors, which together have as many bytes
 */
record StackedTensor(TensorInfo info, List<ByteSource> parts) implements StoredTensor {

    @Override
    public ByteBuffer data() throws IOException {
        ByteBuffer whole = ByteBuffer.allocateDirect((int) info.bytes());
        for (ByteSource part : parts) {
            part.read(0, whole.limit(whole.position() + (int) part.size()));
        }
        return whole.flip().order(ByteOrder.LITTLE_ENDIAN);
    }
}
