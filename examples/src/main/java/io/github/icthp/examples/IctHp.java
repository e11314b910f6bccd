package io.github.icthp.examples;

import io.github.icthp.RewardModel;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Optional;

/** The command line: {@code java -jar ict-hp.jar VERB ...}. */
@Command(
        name = "ict-hp",
        description = "Reward models for text-to-image generation: ICT, HP and their product.",
        subcommands = {
            ScoreCommand.class,
            SampleCommand.class,
            GenerateCommand.class,
            FinetuneCommand.class,
            LoraCommand.class,
            LabelCommand.class,
            EvaluateCommand.class,
            WorldCommand.class,
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
        System.exit(execute(terminal(), args));
    }

    /** Returns the command line that writes to standard output. */
    static CommandLine terminal() {
        CommandLine line = commandLine();
        return line.setOut(new StandardOutput(line.getOut()));
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
        return new CommandLine(new IctHp())
                .setExpandAtFiles(false)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(IctHp::report);
    }

    /** Says in one line what went wrong; the stack is for {@code -Dict-hp.trace=true}. */
    private static int report(
            Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
        PrintWriter err = command.getErr();
        err.println("ict-hp: " + Messages.of(failure));
        if (Boolean.getBoolean("ict-hp.trace")) {
            failure.printStackTrace(err);
        }
        err.flush();
        return failure instanceof UnusableException ? USAGE : SOME_FAILED;
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
