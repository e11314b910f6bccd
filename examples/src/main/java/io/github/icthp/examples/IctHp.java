package io.github.icthp.examples;

import io.github.icthp.examples.console.Arguments;
import io.github.icthp.examples.console.Exhausted;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.Messages;
import io.github.icthp.examples.console.StandardOutput;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.console.Version;
import io.github.icthp.examples.dataset.BuildDatasetCommand;
import io.github.icthp.examples.dataset.LabelCommand;
import io.github.icthp.examples.demo.DemoCommand;
import io.github.icthp.examples.evaluate.EvaluateCommand;
import io.github.icthp.examples.evaluate.GenEvalCommand;
import io.github.icthp.examples.evaluate.TableCommand;
import io.github.icthp.examples.finetune.FinetuneCommand;
import io.github.icthp.examples.generate.GenerateCommand;
import io.github.icthp.examples.generate.StyleGridCommand;
import io.github.icthp.examples.lora.LoraCommand;
import io.github.icthp.examples.miniature.MiniatureCommand;
import io.github.icthp.examples.miniature.PretrainCommand;
import io.github.icthp.examples.miniature.WorldCommand;
import io.github.icthp.examples.score.SampleCommand;
import io.github.icthp.examples.score.ScoreCommand;
import io.github.icthp.examples.score.SparkScoreCommand;
import io.github.icthp.examples.train.ExportCommand;
import io.github.icthp.examples.train.TrainCommand;
import io.github.icthp.files.TemporaryFolderException;
import io.github.icthp.torch.NativeLibraryException;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The command line: {@code java -jar ict-hp.jar VERB ...}. */
@Command(
        name = "ict-hp",
        description = "Reward models for text-to-image generation: ICT, HP and their product.",
        subcommands = {
            ScoreCommand.class,
            SparkScoreCommand.class,
            SampleCommand.class,
            GenerateCommand.class,
            StyleGridCommand.class,
            FinetuneCommand.class,
            LoraCommand.class,
            LabelCommand.class,
            EvaluateCommand.class,
            TableCommand.class,
            GenEvalCommand.class,
            WorldCommand.class,
            BuildDatasetCommand.class,
            MiniatureCommand.class,
            PretrainCommand.class,
            DemoCommand.class,
            TrainCommand.class,
            ExportCommand.class
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:all done",
            "1:some images or rows failed, or a run stopped",
            "2:the command cannot be carried out"
        })
public final class IctHp implements Runnable {

    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    /** Creates the command; picocli fills it. */
    public IctHp() {}

    /**
     * Runs a command and leaves with its exit code.
     *
     * @param args the verb and its arguments
     */
    public static void main(String[] args) {
        setUnlessSet("ai.djl.offline", "true");
        setUnlessSet("OPT_OUT_TRACKING", "true");
        setUnlessSet("java.awt.headless", "true");
        // Whoever writes a password into HTTPS_PROXY wants it sent to that proxy.
        setUnlessSet("jdk.http.auth.tunneling.disabledSchemes", "");
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> tell(failure));
        System.exit(StandardOutput.requireWritten(execute(terminal(), args)));
    }

    /** Returns the command line that writes to standard output. */
    static CommandLine terminal() {
        CommandLine line = commandLine();
        return line.setOut(new StandardOutput(line.getOut()));
    }

    /** Says what ended a thread that nobody waits for. */
    private static void tell(Throwable failure) {
        PrintWriter err = commandLine().getErr();
        err.println("ict-hp: " + Messages.of(failure));
        trace(failure, err);
    }

    private static void setUnlessSet(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /**
     * Runs a command.
     *
     * @return its exit code
     */
    static int execute(CommandLine line, String... args) {
        Optional<String> damage = Arguments.damage(Arrays.asList(args));
        if (damage.isPresent()) {
            line.getErr().println("ict-hp: " + damage.get());
            line.getErr().flush();
            return ExitCode.USAGE;
        }
        return line.execute(args);
    }

    /** Returns the command line. */
    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new IctHp());
        GenEvalCommand.leaveModelOut(line);
        return Arguments.takenAsTyped(line)
                .setExecutionStrategy(IctHp::run)
                .setExecutionExceptionHandler(IctHp::report);
    }

    /** Runs a command; what Java calls an error is reported as exceptions are. */
    private static int run(ParseResult parsed) {
        requireOnce(parsed);
        try {
            return new CommandLine.RunLast().execute(parsed);
        } catch (Error e) {
            throw new ExecutionException(parsed.commandSpec().commandLine(), "failed", e);
        }
    }

    /**
     * Refuses an option that is given twice but has one value. In a group of options picocli would
     * forget the others of the group.
     */
    private static void requireOnce(ParseResult parsed) {
        CommandLine last = parsed.asCommandLineList().get(parsed.asCommandLineList().size() - 1);
        Map<String, OptionSpec> options = last.getCommandSpec().optionsMap();
        Set<OptionSpec> seen = new HashSet<>();
        for (String argument : parsed.originalArgs()) {
            OptionSpec option = options.get(argument.replaceFirst("=.*", ""));
            if (option != null && !option.isMultiValue() && !seen.add(option)) {
                throw new ParameterException(
                        last, option.longestName() + " was given twice; give it once");
            }
        }
    }

    /** Says in one line what went wrong. */
    private static int report(Exception given, CommandLine command, ParseResult parsed) {
        Throwable failure =
                given instanceof ExecutionException && given.getCause() != null
                        ? given.getCause()
                        : given;
        PrintWriter err = command.getErr();
        err.println("ict-hp: " + Messages.of(failure));
        trace(failure, err);
        return failure instanceof UnusableException
                        || failure instanceof NativeLibraryException
                        || failure instanceof TemporaryFolderException
                ? ExitCode.USAGE
                : ExitCode.SOME_FAILED;
    }

    /** Shows the stack of an error that is ours, and of everything by {@code -Dict-hp.trace}. */
    private static void trace(Throwable failure, PrintWriter err) {
        boolean ours = failure instanceof Error && Exhausted.of(failure).isEmpty();
        if (ours || Boolean.getBoolean("ict-hp.trace")) {
            failure.printStackTrace(err);
        }
        err.flush();
    }

    /** Without a verb there is nothing to do. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name a verb, for example score");
    }
}
