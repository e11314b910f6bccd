package io.github.icthp.examples;

import io.github.icthp.RewardModel;
import io.github.icthp.files.TemporaryFolderException;
import io.github.icthp.torch.NativeLibraryException;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.IVersionProvider;
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
        versionProvider = IctHp.Version.class,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:all done",
            "1:some images or rows failed, or a run stopped",
            "2:the command cannot be carried out"
        })
public final class IctHp implements Runnable {

    /** Everything was done. */
    static final int DONE = 0;

    /** Some images failed, the others were scored. */
    static final int SOME_FAILED = 1;

    /** The command cannot be carried out as it stands. */
    static final int USAGE = 2;

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
            return USAGE;
        }
        return line.execute(args);
    }

    /** Returns the command line. A value that begins with @ is no file of arguments. */
    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new IctHp());
        GenEvalCommand.leaveModelOut(line);
        return line.setExpandAtFiles(false)
                .setCaseInsensitiveEnumValuesAllowed(true)
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
                ? USAGE
                : SOME_FAILED;
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

    /** Tells the version of the jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = RewardModel.class.getPackage().getImplementationVersion();
            return new String[] {"ict-hp " + (version == null ? "development" : version)};
        }
    }
}
