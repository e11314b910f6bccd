package io.github.icthp.train;

import io.github.icthp.RewardModel;
import io.github.icthp.testing.Architecture;

import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final Architecture MODULE = Architecture.ofModuleWith(RewardTrainer.class);

    @Test
    void packagesHaveNoCycles() {
        MODULE.hasNoPackageCycles();
    }

    @Test
    void dependsOnCoreOnly() {
        MODULE.knowsNothingOf(Architecture.DIFFUSION, Architecture.EXAMPLES);
        MODULE.sharesNoPackageWith(RewardModel.class);
    }

    @Test
    void neverTouchesThePytorchEngine() {
        MODULE.touchesThePytorchEngineOnlyIn();
    }

    @Test
    void publicTypesAreTheReviewedOnes() {
        MODULE.publishesExactly(ArchitectureTest.class, "public-types.txt");
    }
}
