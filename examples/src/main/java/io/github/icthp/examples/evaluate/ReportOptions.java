package io.github.icthp.examples.evaluate;

import com.google.common.io.MoreFiles;

import io.github.icthp.examples.console.StandardOutput;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.report.Report;

import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** How a command reports what it found. */
final class ReportOptions {

    @Option(names = "--json", description = "print JSON instead of tables")
    private boolean json;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description =
                    "write a report too: .html, .md, .json or .txt, or .png for the main numbers"
                            + " with their intervals as a chart; may be given repeatedly")
    private List<Path> files = List.of();

    /** The files that were named. */
    List<Path> files() {
        return files;
    }

    /** What would fail after hours of work fails before it. */
    void check(CommandLine command) {
        for (Path file : files) {
            String ending = MoreFiles.getFileExtension(file).toLowerCase(Locale.ROOT);
            if (!Report.ENDINGS.contains(ending)) {
                throw new ParameterException(
                        command,
                        "--report: expected a file ending in one of "
                                + Report.ENDINGS
                                + ", got "
                                + file);
            }
            Path folder = file.toAbsolutePath().getParent();
            if (Files.isDirectory(file) || !Files.isWritable(folder)) {
                throw new UnusableException("--report: cannot write " + file);
            }
        }
    }

    /** Prints a report, and writes the files. */
    void tell(Report report, CommandLine command) throws IOException {
        PrintWriter out = json ? StandardOutput.json(command) : command.getOut();
        out.print(json ? report.toJson() : report.toText());
        out.flush();
        for (Path file : files) {
            report.write(file);
        }
    }
}
