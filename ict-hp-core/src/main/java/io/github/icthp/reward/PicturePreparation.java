package io.github.icthp.reward;

import io.github.icthp.image.ImageInput;
import io.github.icthp.image.ImageProcessor;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Turns picture files into what a network reads. Instances are safe to share between threads; any
 * number of pictures are prepared side by side.
 */
public interface PicturePreparation {

    /**
     * Returns S.
     *
     * @return the side of a prepared picture in pixels
     */
    int side();

    /**
     * Decodes and prepares a picture.
     *
     * @param picture the picture
     * @param target receives 3·S·S float32 values, color by color, in the machine's byte order
     * @throws io.github.icthp.image.ImageDecodeException if the picture cannot be read
     */
    void prepare(ImageInput picture, ByteBuffer target);

    /**
     * Describes what is done, for the provenance of scores.
     *
     * @return a few words
     */
    String description();

    /**
     * Prepares as CLIP's image processor does.
     *
     * @param processor the processor, which must write float32
     * @param description what provenances say
     * @return the preparation
     */
    static PicturePreparation of(ImageProcessor processor, String description) {
        return new PicturePreparation() {
            @Override
            public int side() {
                return processor.config().height();
            }

            @Override
            public void prepare(ImageInput picture, ByteBuffer target) {
                processor
                        .process(List.of(picture), target)
                        .failure(0)
                        .ifPresent(
                                failure -> {
                                    throw failure;
                                });
            }

            @Override
            public String description() {
                return description;
            }
        };
    }
}
