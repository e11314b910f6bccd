package io.github.icthp.diffusion.draft;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;

import io.github.icthp.diffusion.flux.FluxConfig;
import io.github.icthp.diffusion.lora.LoraConfig;
import io.github.icthp.diffusion.lora.LoraTargets;
import io.github.icthp.diffusion.sd3.Sd3Config;
import io.github.icthp.diffusion.unet.UNetConfig;
import io.github.icthp.diffusion.vae.VaeConfig;
import io.github.icthp.torch.DType;

import org.junit.jupiter.api.Test;

import java.util.List;

class MemoryPlannerTest {

    private static final MemoryPlanner LARGE =
            MemoryPlanner.of(Sd3Config.large(), VaeConfig.sd3(), DType.BFLOAT16);

    private static DraftKConfig differentiating(int k) {
        return DraftKConfig.paper().with(c -> c.lastK(k));
    }

    @Test
    void onlyTheWholeGraphGrowsByK() {
        List<MemoryPlan> one = LARGE.plans(differentiating(1));
        List<MemoryPlan> all = LARGE.plans(differentiating(8));
        assertThat(all.get(0).transformer()).isGreaterThan(7 * one.get(0).transformer());
        long latents = 16L * 128 * 128 * 2;
        for (int policy = 1; policy < all.size(); policy++) {
            assertThat(all.get(policy).total() - one.get(policy).total()).isEqualTo(7 * latents);
        }
    }

    @Test
    void policiesNeedLessAndLess() {
        for (MemoryPlanner planner :
                List.of(
                        LARGE,
                        LARGE.on(Device.cpu()),
                        MemoryPlanner.of(FluxConfig.dev(), VaeConfig.flux(), DType.FLOAT32))) {
            List<MemoryPlan> plans = planner.plans(DraftKConfig.paper());
            assertThat(plans)
                    .extracting(MemoryPlan::checkpointing)
                    .containsExactly(RolloutCheckpointing.values());
            assertThat(plans.get(0).total()).isGreaterThan(plans.get(1).total());
            assertThat(plans.get(1).total()).isGreaterThan(plans.get(2).total());
        }
    }

    @Test
    void countsWeightsAndAdapters() {
        MemoryPlan plan = LARGE.plan(DraftKConfig.paper());
        // SD3.5-large has 8,146,280,768 weights; the decoder of its autoencoder has 49,545,475.
        assertThat(plan.weights()).isEqualTo(2 * (8_146_280_768L + 49_545_475L));
        // Four layers of 2432 x 2432 in each of 38 blocks, rank 32, four float32 values each and
        // the gradient of the rollout that is added next.
        assertThat(plan.adapters()).isEqualTo(38L * 4 * 2 * 2432 * 32 * 20);
        DraftKConfig one = DraftKConfig.paper().with(c -> c.optimizer(o -> o.accumulation(1)));
        assertThat(LARGE.plan(one).adapters()).isEqualTo(38L * 4 * 2 * 2432 * 32 * 16);
    }

    @Test
    void adaptedLayersKeepTheirInputs() {
        DraftKConfig attention =
                DraftKConfig.paper().with(c -> c.checkpointing(RolloutCheckpointing.STEP));
        LoraConfig blocks = LoraConfig.rank(32).withTargets(LoraTargets.allBlocks());
        DraftKConfig all = attention.with(c -> c.lora(blocks));
        assertThat(LARGE.plan(all).transformer())
                .isGreaterThan(LARGE.plan(attention).transformer());
    }

    /** Of SD1.5 at 512 x 512 and SDXL at 1024 x 1024, with guidance. */
    @Test
    void plansForUnets() {
        MemoryPlanner sd15 = MemoryPlanner.of(UNetConfig.sd15(), VaeConfig.sd15(), DType.BFLOAT16);
        MemoryPlanner sdxl = MemoryPlanner.of(UNetConfig.sdxl(), VaeConfig.sd15(), DType.BFLOAT16);
        DraftKConfig small = DraftKConfig.draftSd14().with(c -> c.size(512, 512));
        DraftKConfig large = small.with(c -> c.size(1024, 1024));
        assertThat(sd15.plan(small).weights()).isEqualTo(2 * (859_520_964L + 49_490_199L));
        assertThat(sdxl.plan(large).weights()).isEqualTo(2 * (2_567_463_684L + 49_490_199L));
        for (List<MemoryPlan> plans : List.of(sd15.plans(small), sdxl.plans(large))) {
            assertThat(plans.get(1).transformer()).isGreaterThan(2 * plans.get(2).transformer());
            assertThat(plans).allSatisfy(plan -> assertThat(plan.rollout()).isPositive());
        }
        DraftKConfig unguided = small.with(c -> c.guidance(1));
        assertThat(sd15.plan(small).transformer()).isEqualTo(2 * sd15.plan(unguided).transformer());
    }
}
