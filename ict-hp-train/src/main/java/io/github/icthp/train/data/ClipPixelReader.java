package io.github.icthp.train.data;

import io.github.icthp.ImageSource;
import io.github.icthp.clip.ClipImageProcessor;
import io.github.icthp.clip.ImageInput;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Prepares pictures as CLIP's vision towers read them: (3, H, W), in the processor's size and
 * number format.
 *
 * @param processor decodes, resizes, crops and normalises
 */
public record ClipPixelReader(ClipImageProcessor processor) implements PixelReader {

    @Override
    public int bytesPerImage() {
        return processor.bytesPerImage();
    }

    @Override
    public void read(ImageSource image, ByteBuffer pixels) throws IOException {
        processor
                .process(List.of(input(image)), pixels)
                .failure(0)
                .ifPresent(
                        failure -> {
                            throw failure;
                        });
    }

    private static ImageInput input(ImageSource image) throws IOException {
        if (image instanceof ImageSource.File file) {
            return ImageInput.of(file.path());
        }
        if (image instanceof ImageSource.Encoded encoded) {
            return ImageInput.of(encoded.bytes().get(), encoded.name());
        }
        return ImageInput.of(((ImageSource.Drawn) image).picture().get(), image.name());
    }
}
