package io.github.icthp.torch;

import ai.djl.engine.Engine;

/**
 * A process of its own that prints what native libraries see of its environment, and how many
 * threads PyTorch takes: once it was entered through DJL, or by this library.
 */
final class EnvironmentReadings {

    private EnvironmentReadings() {}

    public static void main(String[] arguments) {
        if (arguments[0].equals("djl")) {
            Engine.getEngine("PyTorch");
        } else if (arguments[0].equals("torch")) {
            System.out.println("threads " + Torch.threads());
        } else {
            Torch.prepare();
            System.out.println("malloc " + NativeMemory.reuse());
        }
        for (String name : new String[] {"GOMP_SPINCOUNT", "KMP_BLOCKTIME"}) {
            System.out.println(name + " " + CLibrary.variable(name).orElse("unset"));
        }
    }
}
