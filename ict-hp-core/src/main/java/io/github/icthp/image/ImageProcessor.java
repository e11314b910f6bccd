package io.github.icthp.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Turns pictures into what CLIP's vision towers read, value for value as transformers' PIL-based
 * {@code CLIPImageProcessor}: bicubic resize of the 8-bit samples, center crop (offset rounded
 * down), scaling, normalization.
 *
 * <p>Many pictures are decoded at once, on the pool that the calling thread belongs to (else Java's
 * common pool); each thread holds one decoded picture at a time. Instances are immutable and may be
 * shared between threads.
 */
public final class ImageProcessor {

    private final ImageConfig config;
    private final ImageDecoder decoder;
    private final PixelType type;
    private final PixelTable table;
    private final BicubicResizer resizer;
    private final boolean ownMode;

    private ImageProcessor(
            ImageConfig config,
            ImageDecoder decoder,
            PixelType type,
            BicubicResizer resizer,
            boolean ownMode) {
        this.config = config;
        this.decoder = decoder;
        this.type = type;
        this.table = new PixelTable(config);
        this.resizer = resizer;
        this.ownMode = ownMode;
    }

    /**
     * Returns a processor.
     *
     * @param config sizes and normalization
     * @return a processor that writes single precision and decodes by {@link
     *     ImageDecoder#standard()}
     */
    public static ImageProcessor of(ImageConfig config) {
        return new ImageProcessor(
                config, ImageDecoder.standard(), PixelType.FLOAT32, new BicubicResizer(), false);
    }

    /**
     * Returns the processor that a model's folder describes.
     *
     * @param path {@code preprocessor_config.json}, or a folder that holds it
     * @return a processor
     * @throws IllegalArgumentException if the file asks for what this library does not do
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    public static ImageProcessor load(Path path) {
        return of(ImageConfig.read(path));
    }

    /**
     * Returns a processor that decodes otherwise.
     *
     * @param other limits and orientation
     * @return a processor with this setting
     */
    public ImageProcessor withDecoder(ImageDecoder other) {
        return new ImageProcessor(config, other, type, resizer, ownMode);
    }

    /**
     * Returns a processor that writes another number format.
     *
     * @param other single precision or bfloat16
     * @return a processor with this setting
     */
    public ImageProcessor withPixelType(PixelType other) {
        return new ImageProcessor(config, decoder, other, resizer, ownMode);
    }

    /**
     * Returns a processor that resizes pictures in the mode of their file and only then makes them
     * RGB, as OpenAI's clip package and ImageReward do: pixels of a palette or of one bit keep
     * their colors (nearest neighbor), those with alpha are weighted by their opacity. Its crop's
     * offset is rounded to the nearest number, ties to even, instead of down.
     *
     * <p>Modes are those of PNG, GIF and BMP files; alpha of WebP, CMYK and 16-bit gray are
     * converted first, as without this setting.
     *
     * @return a processor with this setting
     */
    public ImageProcessor inOwnMode() {
        return new ImageProcessor(config, decoder, type, resizer, true);
    }

    /**
     * Returns the settings.
     *
     * @return sizes and normalization
     */
    public ImageConfig config() {
        return config;
    }

    /**
     * Returns how large a picture's pixel values are.
     *
     * @return 3*H*W values in bytes
     */
    public int bytesPerImage() {
        return Math.multiplyExact(3 * type.bytes(), config.height() * config.width());
    }

    /**
     * Resizes and crops a picture, but does not normalize it.
     *
     * @param image any picture
     * @return 8-bit samples, H x W
     */
    public RgbImage resize(RgbImage image) {
        ImageFrame frame = new ImageFrame(config, image, ownMode);
        return frame.cut(ownMode ? new OwnModeResizer(resizer)::resize : resizer::resize, image);
    }

    /**
     * Decodes and prepares pictures into a new buffer.
     *
     * @param inputs pictures of any size
     * @return their pixel values in order; a picture that cannot be read fails alone
     */
    public PixelBatch process(List<ImageInput> inputs) {
        int bytes = Math.multiplyExact(inputs.size(), bytesPerImage());
        return process(inputs, ByteBuffer.allocateDirect(bytes));
    }

    /**
     * Decodes and prepares pictures into a buffer of the caller's, which can be used again and
     * again.
     *
     * @param inputs pictures of any size
     * @param target receives the pixel values from its start; its position and limit are left alone
     * @return the pixel values in order, in {@code target}'s memory
     * @throws IllegalArgumentException if {@code target} holds less than {@link #bytesPerImage()}
     *     for each input
     */
    public PixelBatch process(List<ImageInput> inputs, ByteBuffer target) {
        long needed = (long) inputs.size() * bytesPerImage();
        if (target.capacity() < needed) {
            throw new IllegalArgumentException(
                    "ClipImageProcessor: target must hold "
                            + needed
                            + " bytes for "
                            + inputs.size()
                            + " pictures, has "
                            + target.capacity());
        }
        List<Optional<ImageDecodeException>> failures =
                new ArrayList<>(Collections.nCopies(inputs.size(), Optional.empty()));
        IntStream.range(0, inputs.size())
                .parallel()
                .forEach(
                        i ->
                                failures.set(
                                        i,
                                        DecodingTurns.run(
                                                () -> process(inputs.get(i), slot(target, i)))));
        ByteBuffer data = closeGaps(target, failures);
        return new PixelBatch(data, type, config.height(), config.width(), failures);
    }

    private Optional<ImageDecodeException> process(ImageInput input, ByteBuffer slot) {
        try {
            table.write(resize(input.decode(decoder)), type, slot);
            return Optional.empty();
        } catch (ImageDecodeException e) {
            return Optional.of(e);
        } catch (OutOfMemoryError e) {
            return Optional.of(new ImageDecodeException(input.name(), e));
        }
    }

    private ByteBuffer slot(ByteBuffer target, int row) {
        ByteBuffer slot = target.duplicate().clear();
        return slot.slice(row * bytesPerImage(), bytesPerImage()).order(ByteOrder.nativeOrder());
    }

    /** Moves good rows up to where failed ones would be, and returns the good ones. */
    private ByteBuffer closeGaps(ByteBuffer target, List<Optional<ImageDecodeException>> failures) {
        int good = 0;
        for (int i = 0; i < failures.size(); i++) {
            if (failures.get(i).isEmpty()) {
                if (good < i) {
                    slot(target, good).put(slot(target, i));
                }
                good++;
            }
        }
        return target.duplicate().clear().slice(0, good * bytesPerImage());
    }
}
