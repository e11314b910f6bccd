package io.github.icthp.benchmarks;

import io.github.icthp.RewardModel;
import io.github.icthp.diffusion.DiffusionPipeline;
import io.github.icthp.examples.IctHp;
import io.github.icthp.testing.Architecture;
import io.github.icthp.train.RewardTrainer;

import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final Architecture MODULE = Architecture.ofModuleWith(Benchmarks.class);

    @Test
    void measuresWhatIsPublic() {
        MODULE.sharesNoPackageWith(RewardModel.class);
        MODULE.sharesNoPackageWith(RewardTrainer.class);
        MODULE.sharesNoPackageWith(DiffusionPipeline.class);
        MODULE.sharesNoPackageWith(IctHp.class);
    }
}
