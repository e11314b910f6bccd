package io.github.icthp.examples.finetune;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads ranges such as {@code 1-8}, both ends included. */
final class RangeConverter implements ITypeConverter<RangeConverter.Range> {

    private static final Pattern RANGE = Pattern.compile("(\\d{1,6})-(\\d{1,6})");

    /**
     * A range of whole numbers.
     *
     * @param first its first
     * @param last its last
     */
    record Range(int first, int last) {}

    @Override
    public Range convert(String value) {
        Matcher matcher = RANGE.matcher(value);
        if (!matcher.matches()) {
            throw new TypeConversionException("expected FIRST-LAST, for example 1-8, got " + value);
        }
        return new Range(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }
}
