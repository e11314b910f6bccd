package io.github.icthp;

import io.github.icthp.testing.Architecture;

import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final Architecture MODULE = Architecture.ofModuleWith(RewardModel.class);

    @Test
    void packagesHaveNoCycles() {
        MODULE.hasNoPackageCycles();
    }

    @Test
    void dependsOnNoOtherModule() {
        MODULE.knowsNothingOf(Architecture.TRAIN, Architecture.DIFFUSION, Architecture.EXAMPLES);
    }

    @Test
    void onlyTorchTouchesThePytorchEngine() {
        MODULE.touchesThePytorchEngineOnlyIn("io.github.icthp.torch..");
    }

    @Test
    void publicTypesAreTheReviewedOnes() {
        MODULE.publishesExactly(ArchitectureTest.class, "public-types.txt");
    }
}
