package io.github.icthp.examples;

import io.github.icthp.RewardKind;
import io.github.icthp.RewardScore;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.util.Locale;

/** A table for people: numbers first, so that names may have any length. */
final class TableReport implements ScoreReport {

    private final PrintWriter out;
    private final PrintWriter err;
    private final RewardKind kind;
    private final boolean prompts;

    TableReport(CommandLine command, RewardKind kind, boolean prompts) {
        this.out = command.getOut();
        this.err = command.getErr();
        this.kind = kind;
        this.prompts = prompts;
        row("ICT", "HP", "ICT*HP", "image" + (prompts ? "  |  prompt" : ""));
    }

    @Override
    public void add(RewardScore score) {
        String name = score.image() + (prompts ? "  |  " + oneLine(score.prompt()) : "");
        row(number(score.ict()), number(score.hp()), number(score.combined()), name);
        score.error()
                .ifPresent(
                        failure -> {
                            err.println(Terminal.CLEAR_LINE + "ict-hp: " + Messages.of(failure));
                            err.flush();
                        });
    }

    private void row(String ict, String hp, String combined, String name) {
        StringBuilder line = new StringBuilder(Terminal.CLEAR_LINE);
        if (kind != RewardKind.HP) {
            line.append(cell(ict));
        }
        if (kind != RewardKind.ICT) {
            line.append(cell(hp));
        }
        if (kind == RewardKind.COMBINED) {
            line.append(cell(combined));
        }
        StandardOut.line(out, line.append(name));
    }

    private static String cell(String text) {
        return String.format(Locale.ROOT, "%8s  ", text);
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.4f", value);
    }

    private static String oneLine(String prompt) {
        return prompt.replaceAll("\\s+", " ");
    }
}
