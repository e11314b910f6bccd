package io.github.icthp.examples.lora;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;

import io.github.icthp.diffusion.lora.LoraFile;
import io.github.icthp.diffusion.lora.LoraInspection;
import io.github.icthp.diffusion.lora.LoraModule;
import io.github.icthp.examples.console.ExitCode;
import io.github.icthp.examples.console.StandardOutput;
import io.github.icthp.examples.console.UnusableException;
import io.github.icthp.examples.console.Version;
import io.github.icthp.examples.console.WarningLine;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** Tells what is in an adapter file. */
@Command(
        name = "inspect",
        description = "Tells what is in a LoRA file.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class LoraInspectCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Option(names = "--json", description = "one JSON object, with every layer")
    private boolean json;

    @Parameters(paramLabel = "FILE", description = "an adapter file, or a folder that holds one")
    private Path file = Path.of("");

    @Override
    public Integer call() {
        LoraInspection found;
        try {
            found = LoraFile.inspect(file);
        } catch (RuntimeException e) {
            throw new UnusableException(e);
        }
        PrintWriter out =
                json ? StandardOutput.json(spec.commandLine()) : spec.commandLine().getOut();
        if (json) {
            out.println(toJson(found));
        } else {
            print(found, out);
        }
        out.flush();
        found.others().warning().ifPresent(new WarningLine(spec.commandLine()));
        return ExitCode.DONE;
    }

    private static void print(LoraInspection found, PrintWriter out) {
        out.println("format:     " + found.format().name().toLowerCase(java.util.Locale.ROOT));
        out.println("layers:     " + found.modules().size() + " of " + counted(found.components()));
        out.println("ranks:      " + counted(found.ranks()));
        out.println("scales:     " + counted(scales(found)));
        out.println("targets:    " + String.join(", ", found.targets()));
        out.println("values:     " + found.parameters() + ", " + String.join(", ", found.types()));
        if (!found.others().isEmpty()) {
            out.println("left out:   " + String.join(", ", found.others().all()));
        }
    }

    private static Map<Double, Long> scales(LoraInspection found) {
        return found.modules().stream()
                .collect(
                        Collectors.groupingBy(
                                LoraModule::scale, java.util.TreeMap::new, Collectors.counting()));
    }

    private static String counted(Map<?, Long> counts) {
        return counts.size() == 1
                ? counts.keySet().iterator().next().toString()
                : counts.entrySet().stream()
                        .map(e -> e.getKey() + " (" + e.getValue() + ")")
                        .collect(Collectors.joining(", "));
    }

    private static String toJson(LoraInspection found) {
        JsonObject layers = new JsonObject();
        for (LoraModule module : found.modules()) {
            JsonObject layer = new JsonObject();
            layer.addProperty("rank", module.rank());
            layer.addProperty("scale", module.scale());
            layer.addProperty("in", module.shape().in());
            layer.addProperty("out", module.shape().out());
            layers.add(module.name(), layer);
        }
        JsonObject json = new JsonObject();
        json.addProperty("file", found.source());
        json.addProperty("format", found.format().name().toLowerCase(java.util.Locale.ROOT));
        json.addProperty("values", found.parameters());
        json.add("layers", layers);
        var gson = new GsonBuilder().disableHtmlEscaping().create();
        json.add("others", gson.toJsonTree(found.others().all()));
        return gson.toJson(json);
    }
}
