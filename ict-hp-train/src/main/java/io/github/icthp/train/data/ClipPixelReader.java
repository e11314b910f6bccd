package io.github.icthp.train.data;

import io.github.icthp.ImageSource;
import io.github.icthp.image.ImageProcessor;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Prepares pictures as CLIP's vision towers read them: (3, H, W), in the processor's size and
 * number format.
 *
 * @param processor decodes, resizes, crops and normalizes
 */
public record ClipPixelReader(ImageProcessor processor) implements PixelReader {

    @Override
    public int bytesPerImage() {
        return processor.bytesPerImage();
    }

    @Override
    public void read(ImageSource image, ByteBuffer pixels) {
        processor
                .process(List.of(image.input()), pixels)
                .failure(0)
                .ifPresent(
                        failure -> {
                            throw failure;
                        });
    }
}
