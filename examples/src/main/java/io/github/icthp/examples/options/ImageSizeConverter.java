package io.github.icthp.examples.options;

import io.github.icthp.diffusion.GenerationRequest.ImageSize;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads sizes such as {@code 1024x768}. */
public final class ImageSizeConverter implements ITypeConverter<ImageSize> {

    private static final Pattern SIZE = Pattern.compile("([1-9]\\d{0,4})[xX]([1-9]\\d{0,4})");

    @Override
    public ImageSize convert(String value) {
        Matcher matcher = SIZE.matcher(value);
        if (!matcher.matches()) {
            throw new TypeConversionException(
                    "expected WIDTHxHEIGHT in pixels, for example 1024x768, got " + value);
        }
        return new ImageSize(
                Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }
}
