package io.github.icthp.image;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where a GIF's first frame lies on its canvas. The frame need not cover it; the rest has the
 * transparent color, or else the palette's first, as in Pillow.
 *
 * @param width canvas width
 * @param height canvas height
 * @param left the frame's first column
 * @param top the frame's first row
 * @param background the rest's number in the frame's palette
 */
record GifImageCanvas(int width, int height, int left, int top, int background) {

    private static final int EXTENSION = 0x21;
    private static final int GRAPHIC_CONTROL = 0xF9;
    private static final int FRAME = 0x2C;

    static GifImageCanvas parse(byte[] file) throws ImageFormatException {
        try {
            return parse(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new ImageFormatException("GIF is cut off before its first picture");
        }
    }

    private static GifImageCanvas parse(ByteBuffer in) throws ImageFormatException {
        int width = in.getShort(6) & 0xFFFF;
        int height = in.getShort(8) & 0xFFFF;
        int flags = in.get(10);
        boolean palette = (flags & 0x80) != 0;
        in.position(13 + (palette ? 3 * (2 << (flags & 7)) : 0));
        int background = 0;
        for (int block = in.get(); block != FRAME; block = in.get()) {
            if (block != EXTENSION) {
                throw new ImageFormatException("GIF has no picture");
            }
            boolean control = (in.get() & 0xFF) == GRAPHIC_CONTROL;
            for (int size = in.get() & 0xFF; size > 0; size = in.get() & 0xFF) {
                byte[] content = new byte[size];
                in.get(content);
                if (control && size >= 4 && (content[0] & 1) != 0) {
                    background = content[3] & 0xFF;
                }
            }
        }
        int left = in.getShort() & 0xFFFF;
        int top = in.getShort() & 0xFFFF;
        int right = left + (in.getShort() & 0xFFFF);
        int bottom = top + (in.getShort() & 0xFFFF);
        return new GifImageCanvas(
                Math.max(width, right), Math.max(height, bottom), left, top, background);
    }

    /** Lays the frame on the canvas. */
    RgbImage lay(RgbImage frame, int backgroundColor) {
        if (frame.width() == width && frame.height() == height) {
            return frame;
        }
        byte[] rgb = new byte[3 * width * height];
        byte[] color = {
            (byte) (backgroundColor >> 16), (byte) (backgroundColor >> 8), (byte) backgroundColor
        };
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = color[i % 3];
        }
        byte[] pixels = frame.pixels();
        int rowBytes = 3 * frame.width();
        for (int y = 0; y < frame.height(); y++) {
            int place = 3 * ((top + y) * width + left);
            System.arraycopy(pixels, rowBytes * y, rgb, place, rowBytes);
        }
        return RgbImage.wrap(width, height, rgb);
    }
}
