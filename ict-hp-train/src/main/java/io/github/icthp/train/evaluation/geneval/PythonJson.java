package io.github.icthp.train.evaluation.geneval;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;

/**
 * JSON in the forms that the benchmark's Python writes, so that its scripts read our files and
 * prompts compare equal by their text.
 */
final class PythonJson {

    private static final int MOST_DIGITS = 17;
    private static final int SMALLEST_PLAIN = -4;
    private static final int LARGEST_PLAIN = 16;

    private PythonJson() {}

    /** Writes as {@code json.dumps} does: ASCII, a space behind each comma and colon. */
    static String dumps(JsonElement value) {
        StringBuilder out = new StringBuilder();
        dumps(value, out);
        return out.toString();
    }

    private static void dumps(JsonElement value, StringBuilder out) {
        if (value.isJsonObject()) {
            String before = "{";
            for (Map.Entry<String, JsonElement> field : value.getAsJsonObject().entrySet()) {
                quote(field.getKey(), false, out.append(before));
                dumps(field.getValue(), out.append(": "));
                before = ", ";
            }
            out.append(value.getAsJsonObject().isEmpty() ? "{}" : "}");
        } else if (value.isJsonArray()) {
            String before = "";
            out.append('[');
            for (JsonElement element : value.getAsJsonArray()) {
                dumps(element, out.append(before));
                before = ", ";
            }
            out.append(']');
        } else if (value instanceof JsonPrimitive text && text.isString()) {
            quote(text.getAsString(), false, out);
        } else if (value instanceof JsonPrimitive number
                && number.isNumber()
                && (number.getAsNumber() instanceof Double
                        || number.getAsNumber() instanceof Float)) {
            out.append(number(number.getAsDouble()));
        } else {
            out.append(value);
        }
    }

    /** Writes an object as a line of pandas' {@code to_json}: no spaces, slashes escaped. */
    static String pandasLine(JsonObject row) {
        StringBuilder out = new StringBuilder();
        String before = "{";
        for (Map.Entry<String, JsonElement> field : row.entrySet()) {
            quote(field.getKey(), true, out.append(before));
            out.append(':');
            if (field.getValue() instanceof JsonPrimitive text && text.isString()) {
                quote(text.getAsString(), true, out);
            } else {
                out.append(field.getValue());
            }
            before = ",";
        }
        return out.append('}').toString();
    }

    private static void quote(String text, boolean slashes, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                case '/' -> out.append(slashes ? "\\/" : "/");
                default -> {
                    // Python leaves DEL as it is in both.
                    if (c < ' ' || c > '\u007f') {
                        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    /**
     * Writes a number as Python's {@code repr}: the fewest digits that tell it apart, which Java
     * does not give before 19.
     */
    static String number(double value) {
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal exact = new BigDecimal(value);
        BigDecimal shortest = exact;
        for (int digits = 1; digits <= MOST_DIGITS; digits++) {
            shortest = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
            if (shortest.doubleValue() == value) {
                break;
            }
        }
        shortest = shortest.stripTrailingZeros();
        int exponent = shortest.precision() - shortest.scale() - 1;
        if (exponent >= SMALLEST_PLAIN && exponent < LARGEST_PLAIN) {
            String plain = shortest.toPlainString();
            return plain.contains(".") ? plain : plain + ".0";
        }
        String digits = shortest.unscaledValue().abs().toString();
        return (value < 0 ? "-" : "")
                + digits.charAt(0)
                + (digits.length() > 1 ? "." + digits.substring(1) : "")
                + String.format(
                        Locale.ROOT, "e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
    }
}
