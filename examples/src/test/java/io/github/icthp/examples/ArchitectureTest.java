package io.github.icthp.examples;

import io.github.icthp.RewardModel;
import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.testing.Architecture;
import io.github.icthp.train.RewardTrainer;

import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final Architecture MODULE = Architecture.ofModuleWith(IctHp.class);

    @Test
    void packagesHaveNoCycles() {
        MODULE.hasNoPackageCycles();
    }

    @Test
    void sharesNoPackageWithTheLibrary() {
        MODULE.sharesNoPackageWith(RewardModel.class);
        MODULE.sharesNoPackageWith(RewardTrainer.class);
        MODULE.sharesNoPackageWith(DiffusionPipeline.class);
    }

    @Test
    void neverTouchesThePytorchEngine() {
        MODULE.touchesThePytorchEngineOnlyIn();
    }
}
