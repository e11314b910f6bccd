package io.github.icthp.examples.score;

import com.google.common.base.Strings;

import io.github.icthp.RewardScore;
import io.github.icthp.examples.console.Messages;
import io.github.icthp.examples.console.StandardOutput;
import io.github.icthp.examples.console.Terminal;
import io.github.icthp.reward.RewardKind;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A table for people: numbers first, so that names may have any length. A single number's column
 * says its scale.
 */
final class TableReport implements ScoreReport {

    private final PrintWriter out;
    private final PrintWriter err;
    private final RewardKind kind;
    private final boolean prompts;
    private final int width;

    TableReport(CommandLine command, RewardKind kind, boolean prompts) {
        this.out = command.getOut();
        this.err = command.getErr();
        this.kind = kind;
        this.prompts = prompts;
        this.width = kind.parts().size() == 1 ? Math.max(8, kind.toString().length()) : 8;
        Stream<String> parts =
                kind.parts().size() == 1
                        ? Stream.of(kind.toString())
                        : kind.parts().stream().map(part -> part.toUpperCase(Locale.ROOT));
        row(parts, kind.name(), "image" + (prompts ? "  |  prompt" : ""));
    }

    @Override
    public void add(RewardScore score) {
        String name = score.image() + (prompts ? "  |  " + oneLine(score.prompt()) : "");
        row(
                kind.parts().stream().map(part -> number(score.part(part))),
                number(score.failure() == null ? score.value() : Double.NaN),
                name);
        score.error()
                .ifPresent(
                        failure -> {
                            err.println(Terminal.CLEAR_LINE + "ict-hp: " + Messages.of(failure));
                            err.flush();
                        });
    }

    /** The value has a column of its own if it is the product of several parts. */
    private void row(Stream<String> parts, String value, String name) {
        StringBuilder line = new StringBuilder(Terminal.CLEAR_LINE);
        parts.map(this::cell).forEach(line::append);
        if (kind.parts().size() > 1) {
            line.append(cell(value));
        }
        StandardOutput.line(out, line.append(name));
    }

    private String cell(String text) {
        return Strings.padStart(text, width, ' ') + "  ";
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.4f", value);
    }

    private static String oneLine(String prompt) {
        return prompt.replaceAll("\\s+", " ");
    }
}
