package io.github.icthp.examples;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/** What a command said and how it ended. */
public record Ran(int exit, String out, String err) {

    /** Runs a command line in this process. */
    public static Ran command(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = IctHp.commandLine();
        line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        int exit = IctHp.execute(line, args);
        return new Ran(exit, out.toString(), err.toString());
    }

    /** The lines of standard output as JSON objects. */
    public List<JsonObject> json() {
        return out.lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
    }
}
