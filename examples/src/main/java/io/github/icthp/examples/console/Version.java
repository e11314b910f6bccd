package io.github.icthp.examples.console;

import io.github.icthp.RewardModel;

import picocli.CommandLine.IVersionProvider;

/** Tells the version of the jar. */
public final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        String version = RewardModel.class.getPackage().getImplementationVersion();
        return new String[] {"ict-hp " + (version == null ? "development" : version)};
    }
}
